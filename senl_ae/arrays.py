"""What a column of records can be in numpy: whole numbers, seconds, true or false, numbers (blank: nan), words (blank: None)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Seconds = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Words = npt.NDArray[np.object_]

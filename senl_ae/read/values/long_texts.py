"""Names and units of a table as text."""

from __future__ import annotations

import numpy as np
import pandas as pd


def texts(cells: np.ndarray) -> np.ndarray:
    """Cells as text, None where blank. Here NA is a name (sodium), never a blank."""
    codes, distinct = pd.factorize(cells)
    plain = [str(v).strip() or None if v is not None else None for v in distinct]
    return np.array([*plain, None], dtype=object)[codes]

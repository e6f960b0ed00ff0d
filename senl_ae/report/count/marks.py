"""The marks of a daily grid: the grade of a day, or why there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.report.count.syndromes import GRADES

NOT_EVALUABLE, NO_RECORD, WINDOW_ENDED, NOT_REACHED_YET = "?", ".", "x", ">"
MARKS = (
    f'"{NOT_EVALUABLE}" not evaluable, "{NO_RECORD}" no record, "{WINDOW_ENDED}" window ended, "{NOT_REACHED_YET}" not reached at the '
    'data cut-off, "+" a higher grade is not ruled out'
)


def marks(daily: pd.DataFrame) -> np.ndarray:
    """One mark a day: the grade, not evaluable or no record, with a plus where a higher grade is not ruled out."""
    grade, ceiling = (daily[name].to_numpy(dtype=float) for name in ("grade", "grade_ceiling"))
    digits = np.array([*(str(g) for g in GRADES), NOT_EVALUABLE], dtype=object)
    shown = digits[np.where(np.isnan(grade), len(GRADES), np.nan_to_num(grade)).astype(int)]
    higher = ceiling > np.nan_to_num(grade)
    shown = np.where(higher, shown + "+", shown)
    return np.where((daily["state"] == "no-record").to_numpy(), NO_RECORD, shown)

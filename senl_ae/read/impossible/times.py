"""What is done about times that cannot be, once all rows of all sheets are together: rows first, then the ends of intervals."""

from __future__ import annotations

import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.impossible.bounds import Told, bounds_of
from senl_ae.read.impossible.intervals import settle_intervals
from senl_ae.read.impossible.rows import settle_rows
from senl_ae.read.rows.reading import Workshop


def settle_impossible_times(
    frames: dict[str, pd.DataFrame], subjects: pd.DataFrame, shop: Workshop
) -> list[Issue]:
    """Take rows of impossible dates out of the frames and shorten intervals of impossible ends; a line for each is returned.

    frames: by domain, changed in place. A subject none of whose rows lies in its course is refused."""
    bounds = bounds_of(subjects, shop.settings.safety_window_days)
    told = Told(bounds, shop.sheets)
    return [
        *settle_rows(frames, told),
        *settle_intervals(frames, shop.settings.longest_interval_days, told),
    ]

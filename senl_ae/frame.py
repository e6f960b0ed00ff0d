"""What a table of records is in memory: columns declared once by name and kind, typed arrays to whoever reads it, and never edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from inspect import get_annotations
from typing import TYPE_CHECKING, ClassVar, Self, dataclass_transform

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from senl_ae.arrays import Mask, Whole

NO_TIME = -(2**62)
"""Stands for "no time recorded" in every column of seconds."""

KINDS: dict[str, tuple[str, object]] = {
    "Whole": ("int64", 0),
    "Seconds": ("int64", NO_TIME),
    "Mask": ("bool", False),
    "Numbers": ("float64", float("nan")),
    "Words": ("object", None),
}
"""Kind of a column -> how numpy holds it, and what it holds where nothing is recorded."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Frame:
    """The rows of one kind of record: every declared column is there, of its kind and as long as the others; nothing is edited.

    A subclass declares its columns as annotations, in their order: `time: Seconds` makes `frame.time` an array of whole seconds. The
    kinds are those of `KINDS`. Arrays are handed out as they are, not copied, and refuse to be written to. Further columns that are
    handed in are kept, and reached by name (`frame["Ward"]`), as every column is.
    """

    kinds: ClassVar[dict[str, str]] = {}
    """Column -> kind, in the order of the declaration."""
    set_aside: Mapping[str, Mask]
    """Column -> rows whose cell said something that could not be used, and that nothing was put in place of."""
    in_doubt: Mapping[str, Mask]
    """The same for the record as it was charted, whatever a reading of it put into these cells."""

    def __init_subclass__(cls) -> None:
        for name, kind in get_annotations(cls).items():
            if kind not in KINDS:
                raise TypeError(f"{cls.__name__}.{name} is declared as {kind}, which is no kind of column")
            cls.kinds = cls.kinds | {name: kind}

    def __init__(self, /, **columns: np.ndarray) -> None:
        """Raises TypeError where a declared column is missing, of another kind, or longer than the others."""
        lengths = {len(column) for column in columns.values()}
        wrong = [f"no column {name}" for name in self.kinds if name not in columns] + [
            f"{name} is {columns[name].dtype}, not {KINDS[kind][0]}"
            for name, kind in self.kinds.items()
            if name in columns and columns[name].dtype != KINDS[kind][0]
        ]
        if wrong or len(lengths) > 1:
            raise TypeError(
                f"{type(self).__name__}: {'; '.join(wrong) or f'columns of {sorted(lengths)} rows'}"
            )
        fixed = {name: column.view() for name, column in columns.items()}
        for column in fixed.values():
            column.flags.writeable = False
        self._keep({name: fixed[name] for name in (*self.kinds, *(c for c in fixed if c not in self.kinds))})

    def _keep(
        self,
        columns: Mapping[str, np.ndarray],
        set_aside: Mapping[str, Mask] | None = None,
        in_doubt: Mapping[str, Mask] | None = None,
    ) -> None:
        self.__dict__.update(
            {name: columns[name] for name in self.kinds},
            _columns=columns,
            set_aside=set_aside or {},
            in_doubt=in_doubt or {},
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is not edited; with_columns({name}=...) makes another")

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()))) if self._columns else 0

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __getitem__(self, name: str) -> np.ndarray:
        """The column of that name, declared or further."""
        return self._columns[name]

    @property
    def _columns(self) -> Mapping[str, np.ndarray]:
        return self.__dict__["_columns"]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns there are: those declared, in their order, then further ones."""
        return tuple(self._columns)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The same columns for what only pandas can do; words stay objects, and None stays None."""
        import pandas as pd

        return pd.DataFrame(
            {
                name: pd.Series(column, dtype=object, copy=False) if column.dtype == object else column
                for name, column in self._columns.items()
            },
            copy=False,
        )

    @classmethod
    def of(cls, table: pd.DataFrame) -> Self:
        """The frame of a pandas table that has the columns; raises TypeError as the frame itself does."""
        return cls(**{str(name): table[name].to_numpy() for name in table.columns})

    @classmethod
    def blank(cls, column: str, length: int) -> np.ndarray:
        """A column of which nothing is recorded."""
        import numpy as np

        dtype, nothing = KINDS[cls.kinds[column]]
        return np.full(length, nothing, dtype=dtype)

    @classmethod
    def without_rows(cls) -> Self:
        return cls(**{name: cls.blank(name, 0) for name in cls.kinds})

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The rows of several frames one below the other: their declared columns."""
        import numpy as np

        return cls(**{name: np.concatenate([part[name] for part in parts]) for name in cls.kinds})

    def rows(self, which: Mask | Whole | slice) -> Self:
        """Some of the rows, by mask, by position or by slice; marks of what was set aside go with them."""
        columns = {name: column[which] for name, column in self._columns.items()}
        return type(self)(**columns).marked(
            {name: mask[which] for name, mask in self.set_aside.items()},
            {name: mask[which] for name, mask in self.in_doubt.items()},
        )

    def with_columns(self, **columns: np.ndarray) -> Self:
        """The same rows with these columns in place of, or beside, their own."""
        return type(self)(**{**self._columns, **columns}).marked(self.set_aside, self.in_doubt)

    def marked(self, set_aside: Mapping[str, Mask], in_doubt: Mapping[str, Mask] | None = None) -> Self:
        """The same rows, with what was set aside in them; in doubt is all of it unless it is said."""
        out = object.__new__(type(self))
        out._keep(self._columns, set_aside, set_aside if in_doubt is None else in_doubt)
        return out

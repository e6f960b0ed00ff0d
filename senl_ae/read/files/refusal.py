"""How a file that cannot be read says so: one line, with no text of a cell in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from senl_ae.issues import Issue, Issues, Refused

if TYPE_CHECKING:
    from senl_ae.settings import Settings


def refusal(
    file: str,
    code: str,
    found: str,
    expected: str = "",
    done: str = "",
    *,
    sheet: str = "",
    row: int | None = None,
    column: str = "",
) -> Refused:
    """The file is not read, for one reason; to be raised. `done` says what the site can do about it."""
    return Refused(Issues([Issue("refuse", code, file, sheet, row, column, "", found, expected, done)]))


@contextlib.contextmanager
def keeping(told: Sequence[Issue]) -> Iterator[None]:
    """What was found before a refusal is told with it."""
    try:
        yield
    except Refused as refused:
        raise Refused(Issues([*told, *refused.issues.found])) from None


def too_many_rows(file: str, rows: int, settings: Settings) -> Refused:
    """The refusal of a table with more rows than the setting allows."""
    done = "split it, or raise max_rows in senl-ae.toml"
    return refusal(file, "too-many-rows", f"{rows} rows", f"at most {settings.max_rows} rows", done)


def protected(file: str) -> Refused:
    """The refusal of a file that opens only with a password."""
    return refusal(
        file,
        "password-protected",
        "protected with a password",
        "a workbook without one",
        "save it without a password",
    )


def not_a_workbook(file: str) -> Refused:
    return refusal(
        file,
        "not-a-workbook",
        "a zip file without a workbook inside",
        "a .xlsx workbook",
        "send the workbook itself",
    )

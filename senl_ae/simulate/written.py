"""How fictional studies become files, one CSV per sheet or one workbook, and where the sample study's files stand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def sample_folder() -> Path:
    """The folder of the sample study: inside the installed package, else beside pyproject.toml of a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "sample_data"
    return inside if inside.is_dir() else package.parent / "sample_data"


def sample_files() -> list[Path]:
    """The workbooks of the sample study: the English one that the demonstration grades, and its Chinese twin."""
    return [sample_folder() / "study_en.xlsx", sample_folder() / "study_zh.xlsx"]


def one_sheet(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The vital signs as a site without a subject list sends them: dose level, age and infusion repeated on every row (12 columns)."""
    vitals = frames["vitals"].drop(columns=["map", "heart_rate", "resp_rate", "fio2"])
    who = (
        frames["subjects"]
        .set_index("subject_id")
        .loc[vitals["subject_id"], ["dose_level", "dose", "age", "infusion_datetime"]]
    )
    for place, name in enumerate(who.columns, start=1):
        vitals.insert(place, name, who[name].to_numpy())
    return vitals


def write_csv(path: Path, frames: Mapping[str, pd.DataFrame]) -> None:
    """One CSV per frame into a folder; a path that ends in .csv gets the vital signs alone, with the subject columns repeated."""

    def write(frame: pd.DataFrame, file: Path) -> None:
        frame.to_csv(file, index=False, date_format="%Y-%m-%d %H:%M", lineterminator="\n", encoding="utf-8")

    if path.suffix.lower() == ".csv":
        write(one_sheet(frames), path)
        return
    path.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        write(frame, path / f"{name}.csv")


def write_workbook(path: Path, sheets: Mapping[str, pd.DataFrame]) -> None:
    """One sheet per frame, fit to be looked at: bold frozen headings, widths, filters. The same frames give the same bytes.

    Missing values (None, NaN, NaT) are blank cells; dates keep their type, so that a spreadsheet program shows them as dates.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    from senl_ae.writing.archive import save_workbook

    book = Workbook(write_only=True)
    bold, fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1F4E78")
    centred = Alignment(vertical="center", wrap_text=True)
    for name, frame in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        values = [_plain(frame[c]) for c in frame.columns]
        for j, (heading, column) in enumerate(zip(frame.columns, values, strict=True), start=1):
            sheet.column_dimensions[get_column_letter(j)].width = _width(str(heading), column)
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(values))}{len(frame) + 1}"
        sheet.row_dimensions[1].height = 30
        headings = []
        for heading in frame.columns:
            cell = WriteOnlyCell(sheet, value=str(heading))
            cell.font, cell.fill, cell.alignment = bold, fill, centred
            headings.append(cell)
        sheet.append(headings)
        for row in zip(*values, strict=True):
            sheet.append(row)
    save_workbook(book, path)


def _plain(column: pd.Series) -> list[object]:
    """Cells as openpyxl takes them: Python's own numbers and dates, None where missing."""
    return column.astype(object).where(column.notna(), None).tolist()


def _width(heading: str, column: list[object]) -> float:
    """Wide enough for the heading on two lines and for the first cells; a Chinese character takes two places."""

    def places(text: str) -> int:
        return sum(1 + (ord(c) > 0x2E7F) for c in text)

    cells = [places(str(v)) for v in column[:200] if v is not None]
    return float(min(44, max(9, places(heading) * 0.7 + 3, *(min(c, 40) + 2 for c in cells or [0]))))

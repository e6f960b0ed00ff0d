"""A frame has the columns it declares, of their kinds, and nobody edits it after it was made."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from senl_ae.frame import KINDS, NO_TIME, Frame
from senl_ae.study import FRAMES, Labs, Subjects, Vitals

ROOT = Path(__file__).resolve().parents[1]


def blank(frame: type[Frame], length: int) -> dict[str, np.ndarray]:
    return {name: frame.blank(name, length) for name in frame.kinds}


def vitals() -> Vitals:
    columns = blank(Vitals, 3) | {
        "subject": np.array([0, 0, 1]),
        "time": np.array([10, 20, 30]),
        "oxygen_device": np.array(["room_air", None, "ventilator"], dtype=object),
    }
    return Vitals(**columns).marked({"oxygen_device": np.array([False, True, False])})


@pytest.mark.parametrize("frame", FRAMES.values())
def test_a_blank_frame_holds_each_column_as_it_is_declared(frame: type[Frame]) -> None:
    made = frame(**blank(frame, 2))
    assert len(made) == 2 and made.names == tuple(frame.kinds)
    for name, kind in frame.kinds.items():
        assert getattr(made, name) is made[name] and made[name].dtype == KINDS[kind][0], name
    assert all(made[n][0] == NO_TIME for n, kind in frame.kinds.items() if kind == "Seconds")
    assert frame.of(made.table).table.equals(made.table)


def test_a_column_that_is_missing_is_refused() -> None:
    columns = blank(Labs, 2)
    del columns["uln"]
    with pytest.raises(TypeError, match="Labs: no column uln"):
        Labs(**columns)


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("value", np.array([1, 2])),
        ("time", np.array([1.0, np.nan])),
        ("is_day", np.array([0, 1])),
        ("test", np.array(["alt", "alt"])),
    ],
)
def test_a_column_of_another_kind_is_refused(column: str, wrong: np.ndarray) -> None:
    with pytest.raises(TypeError, match=f"Labs: {column} is"):
        Labs(**(blank(Labs, 2) | {column: wrong}))


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(TypeError, match=r"columns of \[2, 3\] rows"):
        Labs(**(blank(Labs, 2) | {"value": np.zeros(3)}))


def test_a_kind_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="no kind of column"):
        type("Odd", (Frame,), {"__annotations__": {"time": "Hours"}})


def test_nothing_is_edited_after_it_was_made() -> None:
    made = vitals()
    with pytest.raises(ValueError, match="read-only"):
        made.time[0] = 5
    with pytest.raises(AttributeError, match="not edited"):
        made.time = np.zeros(3, dtype=np.int64)  # type: ignore[misc]
    later = made.with_columns(time=np.array([1, 2, 3]))
    assert made.time.tolist() == [10, 20, 30] and later.time.tolist() == [1, 2, 3]


def test_columns_are_not_copied() -> None:
    time = np.array([10, 20, 30])
    made = Vitals(**(blank(Vitals, 3) | {"time": time}))
    assert np.shares_memory(made.time, time) and np.shares_memory(made.table["time"].to_numpy(), time)
    assert time.flags.writeable


@pytest.mark.parametrize("which", [np.array([False, True, True]), np.array([1, 2]), slice(1, None)])
def test_rows_take_what_was_set_aside_with_them(which: np.ndarray | slice) -> None:
    some = vitals().rows(which)
    assert isinstance(some, Vitals) and some.time.tolist() == [20, 30]
    assert (
        some.set_aside["oxygen_device"].tolist() == some.in_doubt["oxygen_device"].tolist() == [True, False]
    )


def test_what_is_in_doubt_stays_when_a_reading_says_it() -> None:
    said = vitals().marked({}, vitals().in_doubt)
    assert not said.set_aside and said.in_doubt["oxygen_device"].tolist() == [False, True, False]


def test_a_further_column_is_kept_and_reached_by_name() -> None:
    made = Subjects(**blank(Subjects, 1), Ward=np.array(["7B"], dtype=object))
    assert made["Ward"].tolist() == ["7B"] and "Ward" in made and made.rows(slice(0)).names[-1] == "Ward"
    assert made.table["Ward"].dtype == object


def test_words_stay_words_and_none_stays_none() -> None:
    table = vitals().table
    assert table["oxygen_device"].tolist() == ["room_air", None, "ventilator"]
    assert isinstance(table, pd.DataFrame) and table is not vitals().table


def test_frames_are_joined_row_below_row() -> None:
    assert Vitals.joined([vitals(), vitals().rows(slice(0)), vitals()]).time.tolist() == [10, 20, 30] * 2


def test_no_list_of_columns_stands_beside_the_declarations() -> None:
    """Where six columns of one frame that follow one another are written down again, one of the two will be forgotten."""
    declared = [tuple(frame.kinds) for frame in FRAMES.values()]
    runs = {columns[i : i + 6] for columns in declared for i in range(len(columns) - 5)}
    written = ("simulate", "template")  # headings of sheets that are written, as a site would choose them
    for path in sorted(p for p in (ROOT / "senl_ae").rglob("*.py") if p.parent.name not in written):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
                words = [getattr(part, "value", None) for part in node.elts]
                again = [words[i : i + 6] for i in range(len(words) - 5) if tuple(words[i : i + 6]) in runs]
                assert not again, f"{path.name}:{node.lineno}"

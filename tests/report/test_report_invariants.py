"""What must hold in every table of every study, over 200 random ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest
from make_results import WINDOW, figures, random_study, write_study

from senl_ae.report.count.long_results import HEADING, INFUSED, LongResults
from senl_ae.report.layout.laid import layouts
from senl_ae.report.summary import summarize

SEEDS = range(200)
GRADE_LEVELS = [f"Grade {g}" for g in range(6)] + ["NE"]


def study(seed: int) -> list[dict]:
    return [s for s in random_study(seed, 1 + seed % 23) if s["infusion"]]


def counts(long: LongResults, statistic: str = "n") -> dict[tuple[str, str, str, str], dict[str, float]]:
    """(table, group_by, row, level) -> group -> value."""
    found: dict[tuple[str, str, str, str], dict[str, float]] = defaultdict(dict)
    frame = long.frame[long.frame["statistic"] == statistic]
    for row in frame.itertuples(index=False):
        found[row.table, row.group_by, row.row, row.level][row.group] = row.value
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_study(seed: int, tmp_path: Path) -> None:
    window = [None, 28, 14, 7][seed % 4]
    source = ["derived", "both", "reported"][seed % 3]
    method = ["clopper-pearson", "wilson"][seed % 2]
    folder = write_study(tmp_path / "results", random_study(seed, 1 + seed % 23), seed)
    long = summarize(
        folder, by=("dose", "sex")[: 1 + (seed % 7 == 0)], window=window, source=source, ci=method
    )
    check_groups_add_up(long)
    check_grades_add_up(long)
    check_percentages(long)
    check_subjects_are_the_count(long)
    check_print_equals_long(long)
    if source != "reported":
        check_against_the_subjects(long, study(seed), window or WINDOW)
        check_per_patient(long)
        check_daily_grid(long, study(seed), window or WINDOW)


def check_groups_add_up(long: LongResults) -> None:
    for key, by_group in [
        *counts(long).items(),
        *counts(long, "total").items(),
        *counts(long, "values").items(),
    ]:
        parts = [value for group, value in by_group.items() if group != "Total"]
        if parts:
            assert sum(parts) == by_group["Total"], key


def check_grades_add_up(long: LongResults) -> None:
    found = counts(long)
    for table, by, row, level in list(found):
        if (
            table in ("crs", "icans", "crs-reported", "icans-reported")
            and row == "Maximum grade"
            and level == "Grade 0"
        ):
            syndrome = table.split("-")[0].upper()
            for group, n in found[table, by, HEADING, "N"].items():
                rows = [found[table, by, row, g][group] for g in GRADE_LEVELS]
                assert sum(rows) == n
                assert sum(rows[1:6]) == found[table, by, f"Any {syndrome}", ""][group]
                assert sum(rows[3:6]) == found[table, by, "Grade >= 3", ""][group]
                if (table, by, "Grade >= 3, proven or possible", "") in found:
                    assert found[table, by, "Grade >= 3, proven or possible", ""][group] >= sum(rows[3:6])
        if table == "overview" and row == "Window" and level == "Died":
            states = [value for (t, b, r, _), value in found.items() if (t, b, r) == (table, by, "Window")]
            assert all(
                sum(state[group] for state in states) == n
                for group, n in found[table, by, HEADING, "N"].items()
            )
        if (table, row) == ("crs-icans", "Subjects with ICANS"):
            places = [
                value for (t, b, r, _), value in found.items() if (t, b, r) == (table, by, "First ICANS")
            ]
            assert all(
                sum(place[group] for place in places) == n
                for group, n in found[table, by, row, level].items()
            )


def check_percentages(long: LongResults) -> None:
    frame = long.frame[long.frame["statistic"].isin(["percent", "percent_of_event"])]
    none = frame["denominator"] == 0
    assert frame.loc[none, "value"].isna().all()
    assert (frame.loc[none, "printed"] == "").all()
    assert frame.loc[~none, "value"].between(0, 100).all()
    assert (frame.loc[~none & (frame["value"] == 0), "printed"] == "").all()
    assert (frame.loc[frame["denominator_is"] == INFUSED, "denominator"].notna()).all()


def check_subjects_are_the_count(long: LongResults) -> None:
    frame = long.frame[long.frame["statistic"].isin(["n", "values"])]
    assert (frame["subjects"].map(len) == frame["value"]).all()
    assert frame["subjects"].map(lambda ids: len(set(ids)) == len(ids)).all()


def check_print_equals_long(long: LongResults) -> None:
    """Every number in a cell is the printed form of one of its long rows, or their denominator."""
    for laid in layouts(long):
        if laid.kind not in ("statistics", "cross"):
            continue
        frame = long.frame[
            (long.frame["table"] == laid.text.name) & (long.frame["group_by"] == laid.group_by)
        ]
        printed = {*frame["printed"], *(str(d) for d in frame["denominator"].dropna())}
        for line in laid.lines:
            for cell in line.cells:
                for number in numbers_of(cell):
                    assert number in printed, (laid.name, line.label, cell)


def numbers_of(cell: str) -> list[str]:
    for mark in ("(", ")", "[", "]", "%", ";", "/", "-"):
        cell = cell.replace(mark, " ")
    return cell.split()


def check_against_the_subjects(long: LongResults, subjects: list[dict], window: int) -> None:
    """The tables equal a count over the subjects by plain loops, for the graded window and for shorter ones."""
    found = counts(long)
    totals = long.frame[long.frame["group"] == "Total"]
    medians = totals[(totals["row"] == "Study day of onset") & (totals["statistic"] == "median")]
    for syndrome in ("CRS", "ICANS"):
        own = [figures(s, syndrome, window) for s in subjects]
        table = syndrome.lower()
        tally = Counter("NE" if f["grade"] is None else f"Grade {f['grade']}" for f in own)
        by_level: dict[str, Counter[str]] = defaultdict(Counter)
        for s, f in zip(subjects, own, strict=True):
            by_level[s["dose_level"] or "Not assigned"][
                "NE" if f["grade"] is None else f"Grade {f['grade']}"
            ] += 1
        for level in GRADE_LEVELS:
            row = found[table, "dose_level", "Maximum grade", level]
            assert row["Total"] == tally[level]
            assert {name: n for name, n in row.items() if name != "Total"} == {
                name: c[level] for name, c in by_level.items()
            }
        possible = sum((f["grade"] or 0) >= 3 or (f["grade_ceiling"] or 0) >= 3 for f in own)
        assert found[table, "dose_level", "Grade >= 3, proven or possible", ""]["Total"] == possible
        assert found[table, "dose_level", "Episodes", "Two"]["Total"] == sum(f["episodes"] == 2 for f in own)
        days = sorted(f["onset_day"] for f in own if f["episodes"])
        expected = (days[(len(days) - 1) // 2] + days[len(days) // 2]) / 2 if days else None
        row = medians[(medians["table"] == table) & (medians["group_by"] == "dose_level")]["value"].iloc[0]
        assert row == expected or (expected is None and row != row)
        severe = sorted(f["days_grade3plus"] for f in own if (f["grade"] or 0) >= 3)
        longest = totals[
            (totals["table"] == table)
            & (totals["row"] == "Days at grade >= 3")
            & (totals["statistic"] == "max")
        ]
        row = longest[longest["group_by"] == "dose_level"]["value"].iloc[0]
        assert (row == severe[-1]) if severe else row != row


def check_per_patient(long: LongResults) -> None:
    """The per-patient table counts up to the tables by dose level exactly."""
    found = counts(long)
    listing = long.listings["per-patient"]
    rows = [dict(zip(listing.columns, row, strict=True)) for row in listing.rows]
    for syndrome in ("CRS", "ICANS"):
        by_grade = Counter((row["Dose level"], row[f"{syndrome} grade"]) for row in rows)
        for level in GRADE_LEVELS:
            for group, n in found[syndrome.lower(), "dose_level", "Maximum grade", level].items():
                if group != "Total":
                    assert by_grade[group, level.removeprefix("Grade ")] == n
        higher = sum(
            1
            for row in rows
            if row[f"{syndrome} ceiling"]
            and float(row[f"{syndrome} ceiling"]) > float(row[f"{syndrome} grade"].replace("NE", "0"))
        )
        assert found[syndrome.lower(), "dose_level", "Possibly higher", ""]["Total"] == higher
    assert found["overview", "dose_level", "Tocilizumab", ""]["Total"] == sum(
        row["Tocilizumab doses"] != "0" for row in rows
    )
    assert found["overview", "dose_level", "Vasopressor", ""]["Total"] == sum(
        "vasopressor" in row["Treatments"] for row in rows
    )
    assert found["overview", "dose_level", "Window", "Died"]["Total"] == sum(
        row["Window ended"] == "Died" for row in rows
    )


def check_daily_grid(long: LongResults, subjects: list[dict], window: int) -> None:
    """Every cell of the grid is the day that the record has."""
    listing = long.listings["daily"]
    for subject_id, _, syndrome, *cells in listing.rows:
        subject = next(s for s in subjects if s["subject_id"] == subject_id)
        days = subject["syndromes"][syndrome]["daily"]
        assert len(cells) == window + 1
        for day, cell in enumerate(cells):
            if day > subject["window_end_day"]:
                assert cell == (">" if subject["window_end_reason"] == "data-cut-off" else "x")
                continue
            grade, ceiling, state = days[day]
            mark = "?" if grade is None else str(grade)
            plus = "+" if ceiling is not None and ceiling > (grade or 0) else ""
            assert cell == ("." if state == "no-record" else mark + plus)

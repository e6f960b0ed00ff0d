"""The sample study: what each subject's course must be graded as, worked out by hand from the published rules, and its Chinese twin.

Nothing in `TRUTH` comes from the program. The reasoning per subject stands beside each row; the courses are in sample_data/courses.py.
"""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest

from tests.running import ROOT, run

SAMPLE = ROOT / "sample_data"

COLUMNS = ["grade", "ceiling", "onset", "peak", "end", "days", "hours", "outcome", "episodes"]

# CRS: grade ceiling onset-day peak-day end-day duration-days duration-hours outcome episodes; a dot is blank
CRS = """
001  0 0 . . . . .  .        0   37.9 is the highest temperature; seen every day
002  1 2 3 3 5 3 .  resolved 1   day rows, 38.4 39.1 38.2; no pressure on Day 4, so 2 cannot be ruled out
003  1 1 2 2 3 2 36 resolved 1   fever Day 2 14:00 to Day 3 22:00, first clear Day 4 02:00
004  2 2 2 3 5 4 72 resolved 1   fever from Day 2 18:00; cannula Day 3 18:00 to Day 5 14:00, afebrile after tocilizumab: counts
005  . . . . . . .  .        0   charts for Days 0-2 only: 3 of 15 dates, under 80 %: not evaluable, not 0
006  2 2 2 10 4 3 44 resolved 2  first episode fever only; second with pressure 82-86; figures of the first, peak of the worst
007  3 3 3 4 5 3 .  resolved 1   norepinephrine on Day 4; vasopressin beside it on Day 5 does not make two
008  1 1 4 4 6 3 .  resolved 1   CPAP every day is the subject's own, for sleep apnoea
009  . . . . . . .  .        0   Days 5-11 missing: 8 of 15 dates, under 80 %
010  1 1 4 4 5 2 32 resolved 1   second fraction on Day 1 changes nothing
011  1 1 2 2 4 3 64 resolved 1   fever Day 2 06:00 to Day 4 18:00
012  5 5 1 9 9 9 .  fatal    1   death from CRS on Day 9 at 14:20, never clear before
013  4 4 1 3 4 4 77 resolved 1   norepinephrine and epinephrine together for ten hours from Day 3 10:00; last cannula Day 4 22:00
014  3 3 3 4 6 4 84 resolved 1   high flow 12 L from Day 4 14:00; SBP 75 at age 2 is above the limit of 74
015  0 0 . . . . .  .        0   fever and SBP 84 on Days 6-8 ruled to be bacteraemia
016  2 2 1 3 4 4 68 resolved 1   cannula 3 L from Day 3 06:00, fever Day 1 22:00 to Day 4 14:00
017  4 4 2 4 6 5 104 resolved 1  CPAP from Day 4 19:00; last cannula Day 6 14:00, clear at 18:00
018  2 3 5 6 7 3 .  resolved 1   SBP 76 at age 4 is below 78; cannula without a flow may be more than 6 L: ceiling 3
"""

ICANS = """
001  0 0 . . . . .   .        0
002  0 0 . . . . .   .        0
003  2 2 5 6 7 3 72  resolved 1   CAPD 6 awake, 7 to voice, 5 awake; from Day 8 no worse than the baseline of 2
004  0 0 . . . . .   .        0
005  . . . . . . .   .        0   scores on Days 0 and 1 only: 2 of 15 dates, under 50 %
006  0 0 . . . . .   .        0
007  0 0 . . . . .   .        0
008  0 0 . . . . .   .        0
009  0 0 . . . . .   .        0   8 of 15 dates is 53 %: enough for ICANS
010  0 0 . . . . .   .        0
011  3 3 5 6 9 5 120 resolved 1   ICE 8, 5, then a focal seizure of 1 minute on Day 6 at 20:15, ICE 2 on Day 7, 4, 8, 10 on Day 10
012  2 4 3 4 4 2 .   ongoing-at-death 1   ICE 7, 4; sedated 24 hours later: not evaluable, 4 cannot be ruled out
013  1 1 3 3 4 2 48  resolved 1   ICE 8, 9, then 10
014  0 1 . . . . .   .        0   CAPD 4 throughout, 4 before the infusion: nothing new, but the table alone would say 1
015  0 0 . . . . .   .        0
016  4 4 5 7 10 6 144 resolved 1  ICE 9, 5, 1; 0 and unarousable on Day 7 at 21:00; 0 to touch, 4, 8, 10 on Day 11
017  3 3 6 6 8 3 72  resolved 1   sedated on Day 5: not evaluable; CAPD 11 and 10 to voice on Day 6, 7, 3, 0 on Day 9
018  1 1 7 7 8 2 48  resolved 1   CAPD 5, 4 awake, 0 on Day 9
"""

# days of the window with grade >= 1 and >= 3 (CRS, ICANS), dates seen (CRS, ICANS), tocilizumab doses, last day of the window
FIGURES = """
001  0 0 0 0  31 15 0 30
002  3 0 0 0  22 15 0 30
003  2 0 3 0  22 15 0 30
004  4 0 0 0  22 15 1 30
005  . . . .   3  2 0 30
006  6 0 0 0  22 15 1 30
007  3 2 0 0  22 15 1 30
008  3 0 0 0  22 15 0 30
009  . . 0 0  15  8 0 30
010  2 0 0 0  22 15 0 30
011  3 0 5 2  22 15 0 30
012  9 8 2 0  10  5 2 9
013  4 2 2 0  22 15 2 30
014  4 2 0 0  22 15 1 30
015  0 0 0 0  22 15 0 30
016  4 0 6 2  22 15 1 30
017  5 3 3 1  22 14 2 30
018  3 0 2 0  22 15 1 30
"""


def rows_of(table: str, width: int) -> dict[str, list[str]]:
    """Reads a table above: subject -> cells, a dot as blank; what follows is for people."""
    lines = [line.split() for line in table.strip().splitlines()]
    return {cells[0]: ["" if c == "." else c for c in cells[1 : width + 1]] for cells in lines}


def same(found: str, expected: str) -> bool:
    """Whether two cells say the same; 36 and 36.0 do."""
    try:
        return float(found) == float(expected)
    except ValueError:
        return found == expected


def graded(workbook: Path, out: Path, *options: str) -> Path:
    ended = run("grade", workbook, "--out", out, "--no-workbook", "--quiet", *options, cwd=ROOT)
    assert ended.code == 0, ended.err
    return out


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def results(graded_sample: Path) -> Path:
    return graded_sample


@pytest.fixture(scope="module")
def patients(results: Path) -> dict[str, dict[str, str]]:
    return {row["subject_id"]: row for row in read(results / "patients.csv")}


@pytest.mark.parametrize("syndrome", ["crs", "icans"])
@pytest.mark.parametrize("subject", sorted(rows_of(CRS, 9)))
def test_course_is_graded_as_worked_out_by_hand(
    subject: str, syndrome: str, results: Path, patients: dict[str, dict[str, str]]
) -> None:
    expected = dict(zip(COLUMNS, rows_of(CRS if syndrome == "crs" else ICANS, 9)[subject], strict=True))
    row = patients[subject]
    key = (subject, syndrome.upper(), "1")
    first = [
        e for e in read(results / "episodes.csv") if (e["subject_id"], e["syndrome"], e["episode"]) == key
    ]
    names = {
        "ceiling": "grade_ceiling",
        "onset": "onset_day",
        "peak": "peak_day",
        "end": "end_day",
        "days": "duration_days",
    }
    found = {c: row[f"{syndrome}_{names.get(c, c)}"] for c in COLUMNS if c != "hours"}
    found["hours"] = first[0]["duration_hours"] if first else ""
    found["episodes"] = found["episodes"] or "0"
    assert not {c: (found[c], expected[c]) for c in COLUMNS if not same(found[c], expected[c])}


@pytest.mark.parametrize("subject", sorted(rows_of(FIGURES, 8)))
def test_days_and_doses_are_as_counted_by_hand(subject: str, patients: dict[str, dict[str, str]]) -> None:
    names = [
        "crs_days_grade1plus",
        "crs_days_grade3plus",
        "icans_days_grade1plus",
        "icans_days_grade3plus",
        "crs_days_seen",
        "icans_days_seen",
        "tocilizumab_doses",
        "window_end_day",
    ]
    expected = dict(zip(names, rows_of(FIGURES, 8)[subject], strict=True))
    found = {n: patients[subject][n] for n in names}
    assert not {n: (found[n], expected[n]) for n in names if not same(found[n] or "", expected[n])}


def test_second_episode_of_the_relapse(results: Path) -> None:
    """006: fever Day 9 06:00 to Day 11 02:00, pressure below 90 on Day 10 at 02:00, clear at Day 11 06:00."""
    second = [e for e in read(results / "episodes.csv") if e["subject_id"] == "006" and e["episode"] == "2"]
    names = ("grade", "onset_day", "peak_day", "end_day", "duration_days", "duration_hours", "outcome")
    assert [[e[n] for n in names[:5]] for e in second] == [["2", "9", "10", "11", "3"]]
    assert same(second[0]["duration_hours"], "48")
    assert second[0]["outcome"] == "resolved"


def test_subject_who_was_not_infused_is_listed_and_in_no_denominator(
    results: Path, patients: dict[str, dict[str, str]]
) -> None:
    assert "019" in {row["subject_id"] for row in read(results / "subjects.csv")}
    assert not [row for row in read(results / "daily.csv") if row["subject_id"] == "019"]
    assert not patients.get("019", {}).get("crs_grade")


def test_missing_week_is_no_record_in_the_daily_grid(results: Path) -> None:
    states = {
        int(r["study_day"]): r["state"]
        for r in read(results / "daily.csv")
        if r["subject_id"] == "009" and r["syndrome"] == "CRS"
    }
    assert {states[d] for d in range(5, 12)} == {"no-record"}
    assert {states[d] for d in (*range(5), 12, 13, 14)} == {"graded"}


def test_sample_study_reads_without_anything_set_aside(results: Path) -> None:
    assert [row for row in read(results / "issues.csv") if row["severity"] != "note"] == []


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graded(SAMPLE / "study_zh.xlsx", tmp_path_factory.mktemp("zh") / "results", "--strict")


TABLES = ("daily", "episodes", "patients", "treatments", "lab_patients", "haematotoxicity")


@pytest.mark.parametrize("table", TABLES)
def test_chinese_twin_gives_the_same_bytes_wherever_no_address_or_free_text_stands(
    table: str, results: Path, twin: Path
) -> None:
    assert (twin / f"{table}.csv").read_bytes() == (results / f"{table}.csv").read_bytes()


def test_rebuilding_the_sample_gives_what_is_committed(made_sample: Path) -> None:
    """Part by part, because another zlib may pack the same bytes differently."""
    for name in ("study_en.xlsx", "study_zh.xlsx"):
        with zipfile.ZipFile(made_sample / name) as built, zipfile.ZipFile(SAMPLE / name) as committed:
            assert built.namelist() == committed.namelist()
            assert [i.date_time for i in built.infolist()] == [i.date_time for i in committed.infolist()]
            for part in built.namelist():
                assert built.read(part) == committed.read(part), f"{name}: {part}"

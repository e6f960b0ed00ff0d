"""Reported adverse events through files and the program: each case of the rules, each bound, each finding, and what changes nothing."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from senl_ae.api import grade_study, read_study
from tests.running import here

GOLDEN = Path(__file__).parents[1] / "golden"
SUBJECT = {
    "subject_id": "",
    "infusion_datetime": "2026-01-10",
    "lymphodepletion_start": "2026-01-05",
    "death_date": "",
    "last_contact_date": "",
    "cutoff_date": "",
    "dose_level": "DL1",
}
EVENT = {
    "subject_id": "",
    "term": "nausea",
    "pt": "Nausea",
    "soc": "Gastrointestinal disorders",
    "grade": "2",
} | dict.fromkeys(
    (
        "baseline_grade",
        "severity",
        "start",
        "end",
        "ongoing",
        "serious",
        "fatal",
        "related",
        "dlt",
        "outcome",
        "action",
        "event_id",
    ),
    "",
)
Rows = list[dict[str, str]]


def rows_of(name: str) -> Rows:
    with (GOLDEN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Ran:
    """What a run left in its folder."""

    folder: Path

    def table(self, name: str) -> Rows:
        with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def records(self) -> Rows:
        return self.table("adverse_events")

    @property
    def codes(self) -> dict[str, list[int]]:
        """Code -> the spreadsheet rows that an issue names, 0 for a whole sheet."""
        out: dict[str, list[int]] = {}
        for issue in self.table("issues"):
            out.setdefault(issue["code"], []).append(int(issue["row"] or 0))
        return out


def write(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def graded(folder: Path, subjects: Rows, events: Rows, *more: Path, settings: str = "") -> Ran:
    """The program run on these subjects and events."""
    files = [write(folder / "subjects.csv", subjects), write(folder / "events.csv", events), *more]
    return graded_files(folder, files, settings)


def graded_files(folder: Path, files: Sequence[Path], settings: str = "") -> Ran:
    (folder / "senl-ae.toml").write_text(settings, encoding="utf-8")
    ended = here("grade", *files, "--out", folder / "results", "--no-workbook", "--quiet", "--force")
    assert ended.code == 0, ended.err
    return Ran(folder / "results")


def one(folder: Path, subject: dict[str, str] | None = None, settings: str = "", **event: str) -> Ran:
    """One event of one subject."""
    return graded(
        folder,
        [SUBJECT | {"subject_id": "1"} | (subject or {})],
        [EVENT | {"subject_id": "1"} | event],
        settings=settings,
    )


def said(text: str) -> dict[str, str]:
    """`start 2026-01-11; end` as columns."""
    parts = [part.strip().partition(" ") for part in text.split(";") if part.strip()]
    return {name: value for name, _, value in parts}


# ---------------------------------------------------------------- the cases of the rules


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """All cases of one file as subjects of one study: case -> its record."""
    golden = rows_of("adverse_events.csv")
    subjects = [SUBJECT | {"subject_id": row["case"]} | said(row["subject"]) for row in golden]
    events = [EVENT | {"subject_id": row["case"]} | said(row["event"]) for row in golden]
    run = graded(tmp_path_factory.mktemp("cases"), subjects, events)
    return {record["subject_id"]: record for record in run.records}


@pytest.mark.parametrize("row", rows_of("adverse_events.csv"), ids=lambda row: row["case"])
def test_one_record(row: dict[str, str], cases: dict[str, dict[str, str]]) -> None:
    emergent, period, day, in_window, *flags = [part.strip() for part in row["then"].split(",")]
    record = cases[row["case"]]
    found = {name: record[name] for name in ("emergent", "period", "start_day", "in_window")}
    assert found == {"emergent": emergent, "period": period, "start_day": day, "in_window": in_window}
    told = {"day0-order-unknown", "worsening-unknown", "not-worse-than-baseline"} & set(
        record["flags"].split(";")
    )
    assert told == set(flags)


def records_of(case: str, text: str) -> Rows:
    events = []
    for record in text.split(";"):
        grade, dates = record.strip().split(",")
        dates, _, identifier = dates.partition("#")
        start, _, end = dates.strip().partition(" to ")
        event = {"subject_id": case, "grade": grade.strip("- "), "event_id": identifier.strip()}
        event |= {"start": f"2026-{start.strip()}", "end": f"2026-{end.strip()}" if end else ""}
        events.append(EVENT | event)
    return events


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    golden = rows_of("adverse_events_joined.csv")
    subjects = [SUBJECT | {"subject_id": row["case"]} for row in golden]
    events = [event for row in golden for event in records_of(row["case"], row["records"])]
    return graded(tmp_path_factory.mktemp("courses"), subjects, events).records


@pytest.mark.parametrize("row", rows_of("adverse_events_joined.csv"), ids=lambda row: row["case"])
def test_records_of_one_name(row: dict[str, str], courses: Rows) -> None:
    counted = [r for r in courses if r["subject_id"] == row["case"] and r["in_window"] == "1"]
    assert all((r["event"] != "") == (r["in_window"] == "1") for r in courses)
    grades = [float(r["grade"]) for r in counted if r["grade"]]
    highest = f"{max(grades):g}" if grades else "missing" if counted else "-"
    found = [bool(counted), any(g >= 3 for g in grades), len({r["event"] for r in counted})]
    possible = any(float(r["grade_ceiling"]) >= 3 for r in counted)
    assert [str(int(n)) for n in found] == [row["subjects"], row["grade3"], row["events"]]
    assert [highest, str(int(possible))] == [row["highest"], row["possible3"]]


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("typed", "start", "imputed"),
    [
        ("2026-03-05", "2026-03-05", ""),
        ("2026-03", "2026-03-01", "D"),
        ("2026-03-UN", "2026-03-01", "D"),
        ("UN-MAR-2026", "2026-03-01", "D"),
        ("UN/03/2026", "2026-03-01", "D"),
        ("2026年3月", "2026-03-01", "D"),
        ("2027", "2027-01-01", "M"),
        ("2027-UN-UN", "2027-01-01", "M"),
        ("2027---15", "2027-01-01", "M"),
        ("2026", "2026-01-10", "M"),
        ("UNK", "2026-01-10", "missing"),
        ("", "2026-01-10", "missing"),
    ],
)
def test_a_part_of_a_start_stands_for_an_interval(
    typed: str, start: str, imputed: str, tmp_path: Path
) -> None:
    run = one(tmp_path, start=typed, ongoing="yes")
    (record,) = run.records
    assert (record["start"], record["start_imputed"], record["start_raw"]) == (start, imputed, typed)
    assert ("start-imputed" in run.codes) == (imputed != "") and "date-partial" not in run.codes


@pytest.mark.parametrize(
    ("typed", "subject", "end", "imputed"),
    [
        ("2026-02", {}, "2026-02-28", "D"),
        ("2028-02", {}, "2028-02-29", "D"),
        ("2026", {}, "2026-12-31", "M"),
        ("2026-02", {"last_contact_date": "2026-02-20"}, "2026-02-20", "D"),
        ("2026-02", {"last_contact_date": "2026-02-20", "death_date": "2026-02-18"}, "2026-02-18", "D"),
        ("2026-02", {"cutoff_date": "2026-02-11"}, "2026-02-11", "D"),
        ("2026-02", {"cutoff_date": "2026-03-11"}, "2026-02-28", "D"),
        ("2026-02", {"death_date": "2026-01-12"}, "2026-01-15", "D"),
        ("2026-02-05", {"death_date": "2026-02-03"}, "2026-02-05", ""),
        ("UNK", {}, "", "missing"),
    ],
)
def test_a_part_of_an_end_is_its_last_date_that_can_be(
    typed: str, subject: dict[str, str], end: str, imputed: str, tmp_path: Path
) -> None:
    (record,) = one(tmp_path, subject, start="2026-01-15", end=typed).records
    assert (record["end"], record["end_imputed"], record["end_raw"]) == (end, imputed, typed)


def test_an_ongoing_event_has_no_end_that_is_unknown(tmp_path: Path) -> None:
    run = one(tmp_path, start="2026-01-15", end="ongoing")
    (record,) = run.records
    assert (record["end"], record["end_imputed"], record["ongoing"]) == ("", "", "1")
    assert "end-missing" not in run.codes


def test_by_the_setting_a_part_of_a_start_is_always_its_first_date(tmp_path: Path) -> None:
    (record,) = one(tmp_path, settings='partial_dates = "first"', start="2026-01").records
    assert (record["start"], record["period"], record["in_window"]) == ("2026-01-01", "before", "0")


def test_no_other_column_may_have_a_part_of_a_date(tmp_path: Path) -> None:
    run = one(tmp_path, {"death_date": "2026-02"}, start="2026-01-12")
    assert "date-partial" in run.codes


# ---------------------------------------------------------------- what a row says


@pytest.mark.parametrize(
    ("event", "grade", "ceiling", "flagged"),
    [
        ({"grade": "3"}, "3", "3", False),
        ({"grade": "Ⅲ"}, "3", "3", False),
        ({"grade": "3级"}, "3", "3", False),
        ({"grade": "G3"}, "3", "3", False),
        ({"grade": "3-4"}, "3", "4", False),
        ({"grade": ""}, "", "5", False),
        ({"grade": "", "severity": "MILD"}, "1", "1", True),
        ({"grade": "", "severity": "中度"}, "2", "2", True),
        ({"grade": "", "severity": "severe"}, "3", "4", True),
        ({"grade": "", "severity": "life-threatening"}, "4", "4", True),
        ({"grade": "", "severity": "死亡"}, "5", "5", True),
        ({"grade": "", "severity": "3级"}, "3", "3", True),
        ({"grade": "2", "severity": "severe"}, "2", "2", False),
    ],
)
def test_the_grade_and_what_it_may_be(
    event: dict[str, str], grade: str, ceiling: str, flagged: bool, tmp_path: Path
) -> None:
    (record,) = one(tmp_path, start="2026-01-12", **event).records
    assert (record["grade"], record["grade_ceiling"]) == (grade, ceiling)
    assert ("grade-from-severity" in record["flags"]) == flagged


@pytest.mark.parametrize("grade", ["6", "2.5", "-1", "4-3", "high"])
def test_what_is_no_grade_is_set_aside(grade: str, tmp_path: Path) -> None:
    run = one(tmp_path, start="2026-01-12", grade=grade)
    assert (
        run.records[0]["grade"] == ""
        and run.codes["not-a-grade"] == [2]
        and run.codes["grade-missing"] == [2]
    )


def test_grade_0_is_no_event_and_a_row_without_a_name_is_set_aside(tmp_path: Path) -> None:
    events = [
        EVENT | {"subject_id": "1", "start": "2026-01-12"} | more
        for more in ({"grade": "0"}, {"term": "", "pt": ""}, {"pt": ""}, {"term": ""})
    ]
    run = graded(tmp_path, [SUBJECT | {"subject_id": "1"}], events)
    assert [r["source"].rpartition(":")[2] for r in run.records] == ["4", "5"]
    assert run.codes["grade-0"] == [2] and run.codes["event-without-term"] == [3]
    assert [(r["term"], r["pt"], r["soc"]) for r in run.records] == [
        ("nausea", "", "Not coded"),
        ("", "Nausea", "Gastrointestinal disorders"),
    ]
    assert run.codes["not-coded"] == [4]


@pytest.mark.parametrize(
    ("word", "related", "flag"),
    [
        ("related", "1", ""), ("Definite", "1", ""), ("PROBABLE", "1", ""), ("possible", "1", ""), ("可能有关", "1", ""),
        ("肯定有关", "1", ""), ("很可能有关", "1", ""), ("unlikely", "0", ""), ("NOT RELATED", "0", ""), ("可能无关", "0", ""),
        ("无关", "0", ""), ("REMOTE", "0", ""), ("unassessable", "1", "relation-unassessable"),
        ("无法判定", "1", "relation-unassessable"), ("", "", "relation-missing"), ("banana", "", "relation-missing"),
    ],
)  # fmt: skip
def test_relation(word: str, related: str, flag: str, tmp_path: Path) -> None:
    run = one(tmp_path, start="2026-01-12", serious="no", related=word)
    (record,) = run.records
    assert (record["related"], record["flags"]) == (related, flag)
    assert ("relation-missing" in run.codes) == (flag == "relation-missing") and (
        "unknown-word" in run.codes
    ) == (word == "banana")


@pytest.mark.parametrize(
    ("event", "serious", "flag"),
    [
        ({"serious": "yes"}, "1", ""),
        ({"serious": "no"}, "0", ""),
        ({"serious": ""}, "", "serious-missing"),
        ({"serious": "", "fatal": "yes"}, "1", "fatal-by-reason"),
        ({"serious": "no", "fatal": "yes"}, "1", "fatal-by-reason;serious-by-reason"),
        ({"serious": "yes", "fatal": "yes", "outcome": "fatal"}, "1", ""),
        ({"serious": "yes", "fatal": "yes", "grade": "5"}, "1", ""),
        ({"serious": "no", "fatal": "no"}, "0", ""),
    ],
)
def test_seriousness(event: dict[str, str], serious: str, flag: str, tmp_path: Path) -> None:
    (record,) = one(tmp_path, start="2026-01-12", related="no", **event).records
    assert (record["serious"], record["flags"]) == (serious, flag)


@pytest.mark.parametrize(
    ("word", "outcome"),
    [("RECOVERED/RESOLVED", "resolved"), ("好转", "resolving"), ("NOT RECOVERED/NOT RESOLVED", "not resolved"),
     ("有后遗症", "sequelae"), ("Fatal", "fatal"), ("未知", "unknown"), ("banana", "")],
)  # fmt: skip
def test_outcome(word: str, outcome: str, tmp_path: Path) -> None:
    run = one(tmp_path, start="2026-01-12", outcome=word)
    assert run.records[0]["outcome"] == outcome and ("unknown-word" in run.codes) == (word == "banana")


def test_a_code_that_is_no_number_is_told_and_kept(tmp_path: Path) -> None:
    run = one(tmp_path, start="2026-01-12", AEPTCD="10028813x")
    assert run.codes["code-not-a-number"] == [2] and len(run.records) == 1
    assert "code-not-a-number" not in one(tmp_path, start="2026-01-12", AEPTCD="10028813").codes


def test_one_name_in_two_spellings(tmp_path: Path) -> None:
    names = [
        ("Diarrhoea", "Diarrhea"),
        ("ANAEMIA", "anemia"),
        ("Tumour  flare", "Tumor flare"),
        ("Ｎausea", "nausea "),
    ]
    subjects = [SUBJECT | {"subject_id": str(i)} for i in range(len(names))]
    dates = [{"start": "2026-01-12", "end": "2026-01-13"}, {"start": "2026-01-14", "end": "2026-01-15"}]
    events = [
        EVENT | {"subject_id": str(i), "pt": pt} | when
        for i, pair in enumerate(names)
        for pt, when in zip(pair, dates, strict=True)
    ]
    assert [r["event"] for r in graded(tmp_path, subjects, events).records] == ["1"] * 8


SDTM = """
USUBJID=1|1
AETERM=Stomach upset|Headache
AELLT=Upset|
AELLTCD=10000001.0|
AEDECOD=Nausea|Headache
AEPTCD=10028813.0|
AEBODSYS=Gastrointestinal disorders|
AEBDSYCD=10017947|
AESOC=|Nervous system disorders
AESOCCD=|10029205
AESEV=|SEVERE
AETOXGR=2|
AEITOXGR=1|
AESTDTC=2026-01-04T08:00|2026-01-12
AEENDTC=2026-01-20|
AEENRF=|AFTER
AESER=N|N
AESDTH=N|N
AESLIFE=N|N
AESHOSP=N|Y
AESDISAB=N|N
AESCONG=N|N
AESMIE=N|N
AEREL=PROBABLE|UNLIKELY
AERELNST=NOT RELATED|
AEOUT=RECOVERED/RESOLVED|NOT RECOVERED/NOT RESOLVED
AEACN=DOSE NOT CHANGED|DRUG WITHDRAWN
AECONTRT=Y|N
AESPID=E01|E02
"""
"""Two rows of a domain, column by column."""


def two_rows(text: str) -> Rows:
    """`AETERM=Stomach upset|Headache` line by line, as two rows."""
    columns = dict(line.split("=") for line in text.split("\n") if line)
    return [{name: cells.split("|")[i] for name, cells in columns.items()} for i in range(2)]


def test_sdtm_as_it_comes(tmp_path: Path) -> None:
    file = write(tmp_path / "ae.csv", two_rows(SDTM))
    run = graded_files(tmp_path, [write(tmp_path / "s.csv", [SUBJECT | {"subject_id": "1"}]), file])
    nausea, headache = run.records
    assert (nausea["term"], nausea["pt"], nausea["soc"]) == (
        "Stomach upset",
        "Nausea",
        "Gastrointestinal disorders",
    )
    assert (nausea["grade"], nausea["baseline_grade"], nausea["emergent"], nausea["in_window"]) == (
        "2",
        "1",
        "yes",
        "1",
    )
    assert (nausea["related"], nausea["serious"], nausea["outcome"], nausea["action"]) == (
        "1",
        "0",
        "resolved",
        "none",
    )
    assert (headache["soc"], headache["grade"], headache["grade_ceiling"]) == (
        "Nervous system disorders",
        "3",
        "4",
    )
    assert (headache["ongoing"], headache["serious"], headache["outcome"]) == ("1", "1", "not resolved")
    assert (headache["related"], headache["action"]) == ("0", "withdrawn")
    assert headache["flags"] == "grade-from-severity;serious-by-reason"
    assert not {"unused-column", "unknown-word", "not-yes-or-no", "code-not-a-number"} & run.codes.keys()


CHINESE = """
受试者编号=1|1
不良事件名称=恶心|肺部感染
首选术语=恶心|感染性肺炎
系统器官分类=胃肠系统疾病|感染及侵染类疾病
低位术语=恶心|肺炎
CTCAE分级=3级|Ⅳ
基线分级=|
开始日期=2026年1月12日|2026年1月
结束日期=2026-01-14|
是否持续=否|是
是否SAE=否|是
与研究产品的关系=可能有关|可能无关
是否DLT=否|是
转归=痊愈|未恢复
采取的措施=无|停药
"""


def test_a_chinese_log(tmp_path: Path) -> None:
    file = write(tmp_path / "ae.csv", two_rows(CHINESE))
    run = graded_files(tmp_path, [write(tmp_path / "s.csv", [SUBJECT | {"subject_id": "1"}]), file])
    nausea, pneumonia = run.records
    assert (nausea["pt"], nausea["soc"], nausea["grade"], nausea["ongoing"], nausea["dlt"]) == (
        "恶心",
        "胃肠系统疾病",
        "3",
        "0",
        "0",
    )
    assert (nausea["related"], nausea["outcome"], nausea["action"], nausea["end_day"]) == (
        "1",
        "resolved",
        "none",
        "4",
    )
    assert (pneumonia["start_imputed"], pneumonia["start_raw"], pneumonia["emergent"]) == (
        "D",
        "2026年1月",
        "assumed",
    )
    assert (pneumonia["grade"], pneumonia["serious"], pneumonia["related"], pneumonia["dlt"]) == (
        "4",
        "1",
        "0",
        "1",
    )
    assert (pneumonia["outcome"], pneumonia["action"], pneumonia["aesi"]) == (
        "not resolved",
        "withdrawn",
        "infections",
    )
    assert "unknown-word" not in run.codes


PUBLIC = Path(__file__).resolve().parents[3] / "shared" / "data"
PILOT, ANALYSIS = PUBLIC / "sdtm_pilot", PUBLIC / "exchange/adam_adae.json"


@pytest.mark.skipif(not ANALYSIS.exists(), reason="the public trial is not here")
def test_emergence_of_a_public_trial(tmp_path: Path) -> None:
    """Row by row what begins from the first dose on is what its own analysis flags; joining by name takes away two subject-term pairs."""
    files = []
    for name in ("dm", "ae"):
        files.append(tmp_path / f"{name}.csv")
        files[-1].write_bytes(gzip.decompress((PILOT / f"{name}.csv.gz").read_bytes()))
    records = graded_files(tmp_path, files).records
    analysis = json.loads(ANALYSIS.read_text(encoding="utf-8"))
    columns = [column["name"] for column in analysis["columns"]]
    rows = [dict(zip(columns, row, strict=True)) for row in analysis["rows"]]
    flagged = {(row["USUBJID"], float(row["AESEQ"])): row["TRTEMFL"] == "Y" for row in rows}
    with files[1].open(encoding="utf-8", newline="") as file:
        reported = list(csv.DictReader(file))
    theirs = [flagged[row["USUBJID"], float(row["AESEQ"])] for row in reported]
    assert len(records) == len(reported) == 590
    assert [r["period"] in ("infusion", "late") for r in records] == theirs
    terms = {(r["USUBJID"], r["AEDECOD"]) for r, emergent in zip(reported, theirs, strict=True) if emergent}
    ours = {(r["subject_id"], r["pt"]) for r in records if r["emergent"] != "no"}
    assert (len(terms), len(ours), ours <= terms) == (375, 373, True)


def test_grade_ends_with_a_line_on_reported_events(tmp_path: Path) -> None:
    days = [
        ("2026-01-01", "2026-01-02"),
        ("2026-01", "2026-01-11"),
        ("2026-01-20", "2026-01-21"),
        ("2026-03-12", "2026-03-12"),
    ]
    events = [EVENT | {"subject_id": "1", "start": start, "end": end} for start, end in days]
    files = [write(tmp_path / "s.csv", [SUBJECT | {"subject_id": "1"}]), write(tmp_path / "e.csv", events)]
    ended = here("grade", *files, "--out", tmp_path / "r", "--no-workbook")
    told = "Adverse events as reported: 4 records of 1 subject, 3 emergent, 2 in the window, 1 of them by assumption only."
    assert told in " ".join(ended.out.split())


# ---------------------------------------------------------------- findings

AFTER = {"start": "2026-01-15", "end": "2026-01-16", "serious": "no", "related": "no"}
DIED = {"death_date": "2026-01-20", "death_cause": "progression"}


@pytest.mark.parametrize(
    ("code", "subject", "event", "not_event"),
    [
        ("end-before-start", {}, {"end": "2026-01-14"}, {"end": "2026-01-15"}),
        ("end-before-start", {}, {"start": "2026-02", "end": "2026-01"}, {"start": "2026-01", "end": "2026-01"}),
        ("grade5-without-death", {}, {"grade": "5", "serious": "yes"}, {"grade": "4", "serious": "yes"}),
        ("grade5-outcome-not-fatal", DIED, {"grade": "5", "outcome": "resolved"}, {"grade": "5", "outcome": "fatal"}),
        ("fatal-without-grade5", DIED, {"grade": "4", "outcome": "fatal"}, {"grade": "5", "outcome": "fatal"}),
        ("fatal-disagrees", {}, {"grade": "4", "outcome": "fatal"}, {"grade": "4", "outcome": "resolved"}),
        ("start-after-death", DIED, {"start": "2026-01-21", "end": ""}, {"start": "2026-01-20"}),
        ("start-after-death", DIED, {"start": "2026-02", "end": ""}, {"start": "2026-01"}),
        ("end-after-death", DIED, {"end": "2026-01-21"}, {"end": "2026-01-20"}),
        ("end-after-death", DIED, {"end": "2026-02"}, {"end": "2026-01"}),
        ("grade45-not-serious", {}, {"grade": "4"}, {"grade": "3"}),
        ("grade45-not-serious", {}, {"grade": "5"}, {"grade": "5", "serious": "yes"}),
        ("death-without-event", DIED, {"grade": "4"}, {"grade": "5"}),
        ("death-without-event", DIED, {"outcome": "resolved"}, {"outcome": "fatal"}),
        ("start-after-cutoff", {"cutoff_date": "2026-01-14"}, {}, {"start": "2026-01-14"}),
        ("start-after-cutoff", {"last_contact_date": "2026-01-14"}, {}, {"start": "2026-01"}),
        ("ongoing-with-end", {}, {"ongoing": "yes"}, {"ongoing": "no"}),
        ("end-missing", {}, {"end": ""}, {"end": "", "ongoing": "yes"}),
        ("end-missing", {}, {"end": "", "ongoing": "no"}, {"end": "", "outcome": "fatal"}),
        ("grade-missing", {}, {"grade": ""}, {}),
        ("serious-missing", {}, {"serious": ""}, {}),
        ("relation-missing", {}, {"related": ""}, {}),
        ("not-coded", {}, {"pt": ""}, {}),
        ("start-imputed", {}, {"start": "2026-01"}, {}),
        ("end-imputed", {}, {"end": "2026-02"}, {"end": ""}),
        ("day0-order-unknown", {}, {"start": "2026-01-10"}, {"start": "2026-01-11"}),
        ("worsening-unknown", {}, {"start": "2026-01-04"}, {"start": "2026-01-04", "baseline_grade": "2"}),
    ],
)  # fmt: skip
def test_what_is_found(
    code: str, subject: dict[str, str], event: dict[str, str], not_event: dict[str, str], tmp_path: Path
) -> None:
    assert code in one(tmp_path, subject, **AFTER | event).codes
    assert code not in one(tmp_path, subject, **AFTER | not_event).codes


def test_a_clean_record_has_no_finding(tmp_path: Path) -> None:
    told = one(tmp_path, **AFTER).table("issues")
    assert {issue["code"] for issue in told} <= {"reported-only", "unconfirmed-alias"}


def test_an_end_before_the_start_is_kept_as_typed_and_not_used(tmp_path: Path) -> None:
    run = one(tmp_path, **AFTER | {"end": "2026-01-12"})
    (record,) = run.records
    assert (record["start"], record["end"], record["end_raw"], record["in_window"]) == (
        "2026-01-15",
        "",
        "2026-01-12",
        "1",
    )
    assert [i["severity"] for i in run.table("issues") if i["code"] == "end-before-start"] == ["set aside"]


def test_findings_of_several_rows(tmp_path: Path) -> None:
    rows = [
        {},
        {"end": "2026-01-18"},  # overlaps the row above by more than a date
        {"start": "2026-01-18", "end": "2026-01-19"},  # shares a date
        {"start": "2026-01-20", "end": "2026-01-20"},  # the day after
        {"start": "2026-01-20", "end": "2026-01-20"},  # twice
        {"start": "2026-01-25", "end": "2026-01-25", "soc": "Investigations"},
    ]
    codes = graded(
        tmp_path, [SUBJECT | {"subject_id": "1"}], [EVENT | {"subject_id": "1"} | AFTER | row for row in rows]
    ).codes
    assert codes["same-term-overlap"] == [3] and codes["grade-change-records"] == [4, 5]
    assert codes["duplicate-record"] == [6] and "duplicate-row" not in codes
    assert codes["term-in-two-classes"] == [7]


def test_a_column_that_a_sheet_does_not_have_is_told_once(tmp_path: Path) -> None:
    event = {k: EVENT[k] for k in ("subject_id", "term", "grade", "start", "end")}
    rows = [event | {"subject_id": "1", "start": f"2026-01-{d}", "end": f"2026-01-{d}"} for d in (12, 15)]
    run = graded(tmp_path, [SUBJECT | {"subject_id": "1"}], rows)
    codes = run.codes
    assert all(codes[code] == [0] for code in ("serious-missing", "relation-missing", "not-coded"))
    assert all(r["flags"] == "relation-missing;serious-missing" for r in run.records)


# ---------------------------------------------------------------- special interest


def test_groups_of_special_interest(tmp_path: Path) -> None:
    names = [
        ("", "Sepsis", "Infections and infestations", "infections", ""),
        ("", "Anemia", "Blood", "cytopenias;anaemia", ""),
        ("", "Febrile neutropenia", "Blood", "cytopenias;neutropenia;febrile-neutropenia", ""),
        ("severe pneumonia of the left lung", "", "", "infections", "by-words"),
        ("massive", "", "", "", ""),
        ("", "Massive thing", "Other", "", ""),
    ]
    events = [
        EVENT | {"subject_id": "1"} | AFTER | {"term": term, "pt": pt, "soc": soc}
        for term, pt, soc, _, _ in names
    ]
    run = graded(tmp_path, [SUBJECT | {"subject_id": "1"}], events)
    assert [(r["aesi"], r["flags"]) for r in run.records] == [(aesi, flags) for *_, aesi, flags in names]
    groups = json.loads((run.folder / "run.json").read_text(encoding="utf-8"))["aesi"]
    assert [g["id"] for g in groups][:3] == ["crs", "icans", "other-neurotoxicity"] and len(groups) == 16
    assert all(g["names"] > 0 and g["title"] for g in groups) and groups[0]["derived"] == ["CRS"]


def own_group(folder: Path, text: str, name: str = "aesi_own.toml") -> str:
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / name).write_text(text, encoding="utf-8")
    return 'aesi_dir = "own"'


def test_groups_of_a_study(tmp_path: Path) -> None:
    settings = own_group(
        tmp_path,
        'id = "gut"\ntitle = "Gut"\nsoc = ["GASTROINTESTINAL  disorders"]\nexclude_pt = ["Vomiting"]\n',
    )
    own_group(tmp_path, 'id = "anaemia"\ntitle = "No anaemia"\npt = ["Nausea"]\n', "aesi_x.toml")
    events = [EVENT | {"subject_id": "1", "pt": pt} | AFTER for pt in ("Nausea", "Vomiting", "Anaemia")]
    run = graded(tmp_path, [SUBJECT | {"subject_id": "1"}], events, settings=settings)
    assert [r["aesi"] for r in run.records] == ["anaemia;gut", "", "cytopenias;gut"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('id = "x"\ntitle = "X"\npts = ["A"]', "aesi_own.toml, the group: unknown key 'pts'"),
        ('id = "x"\ntitle = "X"', "aesi_own.toml, pt: the group is empty"),
        ('id = "x"\ntitle = "X"\npt = []', "aesi_own.toml, pt: the group is empty"),
        ('id = "x"\ntitle = "X"\nexclude_pt = ["A"]', "aesi_own.toml, pt: the group is empty"),
        ('id = "x"\ntitle = "X"\npt = "A"', "aesi_own.toml, pt: expected a list"),
        ('title = "X"\npt = ["A"]', "aesi_own.toml, id: expected a text"),
        ("id = ", "aesi_own.toml cannot be read"),
    ],
)
def test_a_wrong_file_of_a_group_is_refused_with_its_key(text: str, names: str, tmp_path: Path) -> None:
    (tmp_path / "senl-ae.toml").write_text(own_group(tmp_path, text), encoding="utf-8")
    files = [
        write(tmp_path / "subjects.csv", [SUBJECT | {"subject_id": "1"}]),
        write(tmp_path / "events.csv", [EVENT | {"subject_id": "1"}]),
    ]
    ended = here("grade", *files, "--out", tmp_path / "results", "--quiet")
    assert ended.code == 1 and names in ended.err and not (tmp_path / "results").exists()


# ---------------------------------------------------------------- the laboratory


def labs(folder: Path, values: Sequence[tuple[str, float]], test: str = "potassium") -> Path:
    unit, lln, uln = {"potassium": ("mmol/L", "3.5", "5.0"), "anc": ("10^9/L", "1.5", "7.5")}[test]
    head = {"subject_id": "1", "test": test, "unit": unit, "lln": lln, "uln": uln}
    return write(
        folder / "labs.csv", [head | {"date": date, "value": f"{value:g}"} for date, value in values]
    )


@pytest.mark.parametrize(
    ("grade", "values", "verdict", "derived", "date"),
    [
        ("3", [("2026-01-15", 2.8)], "agrees", "3", "2026-01-15"),
        ("3", [("2026-01-14", 2.8)], "agrees", "3", "2026-01-14"),
        ("3", [("2026-01-13", 2.8)], "no-value", "", ""),
        ("3", [("2026-01-17", 2.8)], "agrees", "3", "2026-01-17"),
        ("3", [("2026-01-18", 2.8)], "no-value", "", ""),
        ("2", [("2026-01-15", 2.8)], "reported-lower", "3", "2026-01-15"),
        ("4", [("2026-01-15", 2.8)], "reported-higher", "3", "2026-01-15"),
        ("3", [("2026-01-15", 4.0), ("2026-01-16", 2.8)], "agrees", "3", "2026-01-16"),
        ("1", [("2026-01-15", 4.0)], "reported-higher", "0", "2026-01-15"),
        ("", [("2026-01-15", 2.8)], "grade-missing", "3", "2026-01-15"),
        ("3-4", [("2026-01-15", 2.4)], "agrees", "4", "2026-01-15"),
    ],
)  # fmt: skip
def test_a_reported_event_against_the_laboratory(
    grade: str, values: list[tuple[str, float]], verdict: str, derived: str, date: str, tmp_path: Path
) -> None:
    event = EVENT | {"subject_id": "1", "pt": "Hypokalaemia", "grade": grade} | AFTER
    run = graded(tmp_path, [SUBJECT | {"subject_id": "1"}], [event], labs(tmp_path, values))
    rows = [row for row in run.table("ae_labs") if row["verdict"] != "not-reported"]
    ((row),) = rows
    assert (row["verdict"], row["derived_grade"], row["derived_date"]) == (verdict, derived, date)
    assert (row["term"], row["direction"], row["pt"], row["reported_grade"]) == (
        "Hypokalemia",
        "low",
        "Hypokalaemia",
        grade[:1],
    )
    assert row["source_event"] == "events.csv::2" and bool(row["source_lab"]) == (derived != "")


def test_an_open_event_looks_to_the_end_of_the_window(tmp_path: Path) -> None:
    event = (
        EVENT
        | {"subject_id": "1", "pt": "Hypokalaemia", "grade": "3"}
        | AFTER
        | {"end": "", "ongoing": "yes"}
    )
    for date, verdict in (("2026-02-09", "agrees"), ("2026-02-10", "no-value")):
        run = graded(tmp_path, [SUBJECT | {"subject_id": "1"}], [event], labs(tmp_path, [(date, 2.8)]))
        assert [row["verdict"] for row in run.table("ae_labs")] == [verdict]


@pytest.mark.parametrize(
    ("start", "end", "runs"),
    [
        ("2026-01-20", "2026-01-20", [("2026-01-15", "2026-01-16")]),
        ("2026-01-18", "2026-01-18", [("2026-01-15", "2026-01-16"), ("2026-01-20", "2026-01-20")]),
        ("2026-01-17", "2026-01-18", [("2026-01-20", "2026-01-20")]),
        ("2026-01-17", "2026-01-19", []),
    ],
)
def test_severe_values_that_nobody_reported(
    start: str, end: str, runs: list[tuple[str, str]], tmp_path: Path
) -> None:
    values = [
        ("2026-01-14", 4.0),
        ("2026-01-15", 2.8),
        ("2026-01-16", 2.4),
        ("2026-01-18", 3.2),
        ("2026-01-20", 2.8),
        ("2026-02-10", 2.0),
    ]
    event = (
        EVENT | {"subject_id": "1", "pt": "Hypokalaemia", "grade": "3"} | AFTER | {"start": start, "end": end}
    )
    run = graded(tmp_path, [SUBJECT | {"subject_id": "1"}], [event], labs(tmp_path, values))
    rows = [row for row in run.table("ae_labs") if row["verdict"] == "not-reported"]
    assert [(row["start"], row["end"]) for row in rows] == runs
    assert all(
        row["source_event"] == "" and row["source_lab"] and row["reported_grade"] == "" for row in rows
    )


def test_the_lowest_grade_that_should_have_been_reported(tmp_path: Path) -> None:
    event = EVENT | {"subject_id": "1"} | AFTER
    file = labs(tmp_path, [("2026-01-15", 2.8)])
    for lowest, found in (("3", ["not-reported"]), ("4", [])):
        run = graded(
            tmp_path, [SUBJECT | {"subject_id": "1"}], [event], file, settings=f"ae_lab_min_grade = {lowest}"
        )
        assert [row["verdict"] for row in run.table("ae_labs")] == found


def test_every_laboratory_term_is_one_that_a_table_grades() -> None:
    from senl_ae.grade.adverse_events.laboratory import lab_terms
    from senl_ae.grade.rules.scales import load_scales

    rules = [rule for scale in load_scales().values() if scale.course == "laboratory" for rule in scale.rules]
    terms = {term for here in lab_terms().values() for term in here}
    assert terms == {(rule.term, rule.direction) for rule in rules if rule.term and rule.test} & terms
    assert terms


# ---------------------------------------------------------------- what changes nothing


def random_study(seed: int) -> tuple[Rows, Rows]:
    chance = random.Random(seed)
    day = [f"2026-01-{d:02}" for d in range(1, 32)] + [
        "2026-01",
        "2025-12-30",
        "",
        "UNK",
        "2026",
        "2026-02-12",
    ]
    subjects = [
        SUBJECT
        | {"subject_id": str(i), "infusion_datetime": chance.choice(["2026-01-10", "2026-01-10 09:00", ""])}
        for i in range(12)
    ]
    events = [
        EVENT
        | {
            "subject_id": str(chance.randrange(12)),
            "pt": chance.choice(["Anaemia", "anemia", "Nausea", ""]),
            "grade": chance.choice(["1", "2", "3", ""]),
            "start": chance.choice(day),
            "end": chance.choice(day),
            "event_id": chance.choice(["", "", "a"]),
            "baseline_grade": chance.choice(["", "1"]),
        }
        for _ in range(150)
    ]
    return subjects, events


def told(run: Ran, *, but: Sequence[str] = ("record", "source")) -> list[tuple[str, ...]]:
    return sorted(tuple(v for k, v in r.items() if k not in but) for r in run.records)


def test_the_order_and_the_files_of_the_rows_change_nothing(tmp_path: Path) -> None:
    subjects, events = random_study(7)
    first = told(graded(tmp_path, subjects, events))
    shuffled = random.Random(1).sample(events, len(events))
    assert told(graded(tmp_path, subjects, shuffled)) == first
    parts = [write(tmp_path / f"part{i}.csv", shuffled[i::2]) for i in range(2)]
    subjects_file = write(tmp_path / "subjects.csv", subjects)
    for files in itertools.permutations([*parts, subjects_file]):
        assert told(graded_files(tmp_path, files)) == first


def test_what_is_counted_began_in_the_window_or_became_worse(tmp_path: Path) -> None:
    subjects, events = random_study(8)
    for r in graded(tmp_path, subjects, events).records:
        assert (r["event"] != "") == (r["in_window"] == "1")
        if r["in_window"] == "1":
            assert r["emergent"] in ("yes", "assumed") and r["period"] in (
                "infusion",
                "before",
                "lymphodepletion",
            )
        assert r["period"] != "late" or r["in_window"] == "0"


def test_records_stand_in_the_order_of_the_input(tmp_path: Path) -> None:
    subjects, events = random_study(9)
    records = graded(tmp_path, subjects, events).records
    rows = [int(r["source"].rpartition(":")[2]) for r in records]
    assert rows == sorted(rows) and [r["record"] for r in records] == [
        str(i + 1) for i in range(len(records))
    ]


def test_without_a_sheet_of_events_there_are_no_files(tmp_path: Path) -> None:
    subjects = write(tmp_path / "subjects.csv", [SUBJECT | {"subject_id": "1"}])
    vitals = write(tmp_path / "vitals.csv", [{"subject_id": "1", "date": "2026-01-12", "temperature": "37"}])
    run = graded_files(tmp_path, [subjects, vitals])
    assert not (run.folder / "adverse_events.csv").exists() and not (run.folder / "ae_labs.csv").exists()
    assert "aesi" not in json.loads((run.folder / "run.json").read_text(encoding="utf-8"))


def test_subjects_that_are_nowhere_else_are_listed_and_not_counted(tmp_path: Path) -> None:
    events = [EVENT | {"subject_id": who} | AFTER for who in ("1", "stranger")]
    run = graded(tmp_path, [SUBJECT | {"subject_id": "1"}], events)
    assert [(r["subject_id"], r["in_window"], r["emergent"], r["start_day"]) for r in run.records] == [
        ("1", "1", "yes", "5"),
        ("stranger", "0", "", ""),
    ]


def test_grading_twice_gives_the_same(tmp_path: Path) -> None:
    subjects, events = random_study(3)
    study = read_study([write(tmp_path / "s.csv", subjects), write(tmp_path / "e.csv", events)])
    one, two = (grade_study(study).adverse_events for _ in range(2))
    assert one.records.table.equals(two.records.table) and one.issues == two.issues

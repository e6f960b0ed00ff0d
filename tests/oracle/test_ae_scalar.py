"""The scalar reading of reported adverse events against every case and worked example that the rules print."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from ae_checks import findings_of
from ae_counts import TOTAL, percent, tables
from ae_labs import lab_verdicts
from ae_records import records_of
from ae_words import fold

Record = dict[str, Any]
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
PILOT, EXCHANGE = SHARED / "sdtm_pilot", SHARED / "exchange"


def subject(name: str = "1", level: str = "DL1", clock: str = "", **facts: Any) -> Record:
    return {
        "subject_id": name, "dose_level": level, "dose": level[-1], "infused": True,
        "infusion": datetime.fromisoformat(f"2026-01-10 {clock or '00:00'}"), "infusion_is_date": not clock,
        "lymphodepletion_start": date(2026, 1, 5), "death": None, "last_contact": None, "cutoff": None, "window_end_day": 30,
        **facts,
    }  # fmt: skip


def this_year(text: str) -> str:
    """01-06 stands for 2026-01-06, as the cases print it; so does what carries a clock."""
    return f"2026-{text}" if text[:2].isdigit() and text[2:3] == "-" else text


def row(start: str = "", end: str = "", grade: Any = 2, **cells: Any) -> Record:
    return {
        "subject_id": "1", "pt": "Nausea", "soc": "Gastrointestinal disorders", "term": "nausea", "grade": grade,
        "start": this_year(start), "end": this_year(end), **cells,
    }  # fmt: skip


CASES = [
    ("01-11", "", {}, "", "yes infusion 1 1"),
    ("01-10", "", {}, "", "assumed infusion 0 1"),
    ("01-10 08:00", "", {}, "09:00", "no lymphodepletion 0 0"),
    ("01-10 09:00", "", {}, "09:00", "yes infusion 0 1"),
    ("01-06", "01-08", {}, "", "no lymphodepletion -4 0"),
    ("01-04", "01-12", {}, "", "no before -6 0 worsening-unknown"),
    ("01-04", "01-15", {"grade": 3, "baseline_grade": 1}, "", "yes before -6 1"),
    ("01-04", "", {"grade": 3, "baseline_grade": 1}, "", "assumed before -6 1"),
    ("01-04", "01-15", {"grade": 2, "baseline_grade": 2}, "", "no before -6 0"),
    ("02-09", "", {}, "", "yes infusion 30 1"),
    ("02-10", "", {}, "", "yes late 31 0"),
    ("2026-01", "", {}, "", "assumed infusion 0 1"),
    ("2026-01", "01-08", {}, "", "no before -9 0"),
    ("2026-02", "", {}, "", "yes infusion 22 1"),
    ("2025-12", "", {}, "", "no before -40 0"),
    ("2025", "", {}, "", "no before -374 0"),
    ("2026", "", {}, "", "assumed infusion 0 1"),
    ("", "", {}, "", "assumed infusion 0 1"),
    ("", "01-09", {}, "", "no before . 0"),
    ("UN-JAN-2026", "", {}, "", "assumed infusion 0 1"),
    ("2026年1月", "", {}, "", "assumed infusion 0 1"),
    ("2026-01-UN", "", {}, "", "assumed infusion 0 1"),
    ("UNK", "", {}, "", "assumed infusion 0 1"),
    ("01-02", "2026-01", {}, "", "no before -8 0"),
    ("01-20", "", {"window_end_day": 8}, "", "yes late 10 0"),
]


@pytest.mark.parametrize(("start", "end", "more", "clock", "answer"), CASES)
def test_a_record_is_placed_and_judged_as_the_cases_say(
    start: str, end: str, more: Record, clock: str, answer: str
) -> None:
    facts = {k: v for k, v in more.items() if k == "window_end_day"}
    cells = {k: v for k, v in more.items() if k != "window_end_day"}
    (record,), _ = records_of([row(start, end, **cells)], {"1": subject(clock=clock, **facts)})
    day = "." if record["start_day"] is None else record["start_day"]
    found = f"{record['emergent']} {record['period']} {day} {record['in_window']}".split()
    expected = answer.split()
    assert found == expected[:4]
    assert set(expected[4:]) <= record["flags"]


COURSES = [
    ("3 01-06 01-12; 4 01-13 01-20", (1, 1, 1, 4)),
    ("3 01-06 01-12; 3 01-13 01-20", (0, 0, 0, None)),
    ("3 01-06 01-08; 2 01-13 01-20", (1, 0, 1, 2)),
    ("1 01-11 01-12; 2 01-13 01-14; 1 01-15 01-16", (1, 0, 1, 2)),
    ("1 01-11 01-12; 2 01-14 01-15", (1, 0, 2, 2)),
    ("2 01-11 01-12; 2 01-11 01-12", (1, 0, 1, 2)),
    ("- 01-11 01-12", (1, 0, 1, "missing")),
    ("1 01-11 02-20; 3 02-21 02-25", (1, 0, 1, 1)),
    ("2 01-04 -; 3 01-16 01-18", (1, 1, 1, 3)),
    ("2 01-04 -; 1 01-12 01-14; 2 01-15 -", (0, 0, 0, None)),
    (
        "3 01-06 01-09; 3 01-10 01-12",
        (0, 0, 0, None),
    ),  # not printed: ended the day before is present, two days before is not
    ("3 01-06 01-08; 3 01-10 01-12", (1, 1, 1, 3)),
]


@pytest.mark.parametrize(("course", "answer"), COURSES)
def test_the_records_of_one_name_are_counted_as_the_cases_say(course: str, answer: tuple) -> None:
    rows = []
    for text in course.split("; "):
        grade, start, end = (cell if cell != "-" else "" for cell in text.split())
        rows.append(row(start, end, grade))
    people = {"1": subject()}
    records, _ = records_of(rows, people)
    cell = tables(records, people)["ae-terms"][0][2][TOTAL]
    highest = max((g for g, n in cell["grades"].items() if n), default="missing" if cell["missing"] else None)
    assert (cell["n"], cell["grade3plus"], cell["events"], highest) == answer
    assert cell["possible3plus"] == (1 if highest == "missing" else cell["grade3plus"])


GI, BLOOD = "Gastrointestinal disorders", "Blood and lymphatic system disorders"
LOG = [
    ("1", "Nausea", GI, 1), ("1", "Vomiting", GI, 3), ("4", "Vomiting", GI, 1), ("5", "Anaemia", BLOOD, 3),
    ("6", "Neutropenia", BLOOD, 4), ("6", "Neutropenia", BLOOD, 2), ("6", "Anaemia", BLOOD, 4),
]  # fmt: skip
SHELL = """
Any|1 1|3 2|4 3
blood|0 0|2 2|2 2
anemia|0 0|2 2|2 2
neutropenia|0 0|1 1|1 1
gastrointestinal|1 1|1 0|2 1
vomiting|1 1|1 0|2 1
nausea|1 0|0 0|1 0
"""


def shell(**options: Any) -> tuple[list[str], dict[str, list]]:
    people = {str(i): subject(str(i), "DL1" if i <= 3 else "DL2") for i in range(1, 10)}
    rows = []
    for i, (name, pt, soc, grade) in enumerate(LOG):
        day = 11 + 3 * i
        rows.append(row(f"01-{day}", f"01-{day + 1}", grade, subject_id=name, pt=pt, soc=soc))
    records, _ = records_of(rows, people)
    made = tables(records, people, **options)
    lines = []
    for soc, term, cells in made["ae-terms"]:
        figures = [f"{c['n']} {c['grade3plus']}" for c in cells.values()]
        lines.append("|".join([term or soc.split()[0], *figures]))
    return lines, made


def test_the_table_of_the_shell() -> None:
    lines, made = shell()
    assert lines == SHELL.split("\n")[1:-1]
    cells = made["ae-terms"][0][2]
    assert cells[TOTAL]["events"] == 7
    assert [(c["n"], percent(c["n"], c["of"])) for c in cells.values()] == [
        (1, "33.3"),
        (3, "50.0"),
        (4, "44.4"),
    ]
    for name in ("ae-terms", "ae-grades"):
        for _, _, row_cells in made[name]:
            assert all(sum(c["grades"].values()) + c["missing"] == c["n"] for c in row_cells.values())


def test_terms_below_the_least_percentage_are_left_out_and_classes_count_on() -> None:
    lines, _ = shell(min_pct=20)
    kept = ("Any", "blood", "anemia", "gastrointestinal", "vomiting")
    assert lines == [line for line in SHELL.split("\n") if line.split("|")[0] in kept]
    assert len(shell(min_pct=20, in_any=True)[0]) == 6  # nausea is 1 of the 3 of DL1, neutropenia 1 of 6


def test_percentages_round_half_up() -> None:
    assert (percent(1, 16), percent(1, 3), percent(0, 0)) == ("6.3", "33.3", "-")


CHECKS = [
    ("end-before-start", row("01-20", "01-15"), {}),
    ("grade5-without-death", row("01-20", grade=5), {}),
    ("grade5-outcome-not-fatal", row("01-20", grade=5, outcome="resolved"), {}),
    ("fatal-without-grade5", row("01-20", grade=4, outcome="fatal"), {}),
    ("start-after-death", row("01-20"), {"death": date(2026, 1, 19)}),
    ("end-after-death", row("01-18", "01-20"), {"death": date(2026, 1, 19)}),
    ("start-after-cutoff", row("01-20"), {"cutoff": date(2026, 1, 19)}),
    ("start-after-cutoff", row("01-20"), {"last_contact": date(2026, 1, 19)}),
    ("death-without-event", row("01-12", "01-13"), {"death": date(2026, 1, 19)}),
    ("ongoing-with-end", row("01-12", "01-13", ongoing="yes"), {}),
    ("end-missing", row("01-12"), {}),
    ("grade45-not-serious", row("01-12", grade=4, serious="no"), {}),
    ("grade-missing", row("01-12", grade=""), {}),
    ("serious-missing", row("01-12"), {}),
    ("relation-missing", row("01-12"), {}),
    ("not-coded", row("01-12", pt=""), {}),
    ("start-imputed", row("2026-01"), {}),
    ("end-imputed", row("01-12", "2026-01"), {}),
    ("day0-order-unknown", row("01-10"), {}),
    ("worsening-unknown", row("01-04"), {}),
]
SOUND = row("01-12", "01-13", serious="no", related="yes", outcome="resolved")


@pytest.mark.parametrize(("code", "cells", "facts"), CHECKS)
def test_each_finding_is_made_where_it_holds_and_only_there(code: str, cells: Record, facts: Record) -> None:
    for rows, expected in (([cells], True), ([SOUND], code == "death-without-event")):
        people = {"1": subject(**facts)}
        records, found = records_of(rows, people)
        assert (code in {f[0] for f in found + findings_of(records, people)}) == expected


def test_rows_alike_names_alike_and_names_in_two_classes() -> None:
    people = {"1": subject()}
    twice = [row("01-11", "01-12"), row("01-11", "01-12"), row("01-12", "01-14", pt="NAUSEA  ")]
    records, found = records_of(twice, people)
    assert [r["event"] for r in records] == [1, 1]
    assert [f[0] for f in found] == ["duplicate-record", "grade-change-records"]
    _, found = records_of([row("01-11", "01-14"), row("01-13", "01-15", 3)], people)
    assert [f[0] for f in found] == ["same-term-overlap"]
    _, found = records_of([row("01-11", "01-12"), row("01-20", "01-21", soc=BLOOD)], people)
    assert [f[0] for f in found] == ["term-in-two-classes"] * 2
    assert fold("Anaemia") == fold("ANEMIA") and fold("Diarrhoea") == fold("diarrhea")
    assert fold("Ｔumour  lysis") == fold("tumor lysis")


def test_words_and_grades_as_they_are_typed() -> None:
    people = {"1": subject()}

    def read(**cells: Any) -> Record:
        return records_of([row("01-12", "01-13", **cells)], people)[0][0]

    for typed, low, high in (
        ("Ⅲ", 3, 3),
        ("3级", 3, 3),
        ("G3", 3, 3),
        ("3-4", 3, 4),
        ("2.5", None, 5),
        ("", None, 5),
    ):
        assert (read(grade=typed)["grade"], read(grade=typed)["grade_ceiling"]) == (low, high)
    severe = read(grade="", severity="SEVERE")
    assert (severe["grade"], severe["grade_ceiling"], severe["flags"]) == (3, 4, {"grade-from-severity"})
    assert read(serious="no", hospitalised="yes")["serious"] == "yes"
    assert [read(related=w)["related"] for w in ("可能有关", "可能无关", "无法判定", "PROBABLE", "unlikely", "")] == [
        "yes", "no", "yes", "yes", "no", "",
    ]  # fmt: skip


def test_who_was_not_infused_is_listed_and_in_no_table() -> None:
    people = {"1": subject(infused=False, infusion=None), "2": subject("2")}
    records, _ = records_of(
        [row("01-12"), row("01-12", subject_id="9"), row("01-12", grade=0, subject_id="2")], people
    )
    assert [(r["subject_id"], r["period"], r["emergent"], r["in_window"]) for r in records] == [
        ("1", "", "", 0), ("9", "", "", 0),
    ]  # fmt: skip
    assert tables(records, people)["ae-terms"][0][2][TOTAL]["n"] == 0


LAB_TERMS = {fold("Anaemia"): ("Anemia", "low")}


@pytest.mark.parametrize(
    ("grade", "derived", "answer"),
    [(3, (3, 3), "agrees"), (3, (2, 4), "agrees"), (2, (3, 3), "reported-lower"), (4, (3, 3), "reported-higher"), (3, None, "no-value")],
)  # fmt: skip
def test_a_reported_grade_beside_the_laboratory(grade: int, derived: tuple | None, answer: str) -> None:
    records, _ = records_of([row("01-12", "01-14", grade, pt="Anaemia", soc=BLOOD)], {"1": subject()})
    labs = [
        {"term": "Anemia", "direction": "low", "date": date(2026, 1, 15), "grade": derived[0], "grade_ceiling": derived[1]}
    ] if derived else []  # fmt: skip
    labs.append(
        {
            **(labs[0] if labs else {"term": "Anemia", "direction": "low"}),
            "date": date(2026, 1, 16),
            "grade": 2,
            "grade_ceiling": 4,
        }
    )
    (found,) = lab_verdicts(records, subject(), LAB_TERMS, labs)
    assert found["verdict"] == answer


def test_a_run_of_low_values_that_nobody_reported() -> None:
    labs = [
        {"term": "Anemia", "direction": "low", "date": date(2026, 1, d), "grade": g, "grade_ceiling": g}
        for d, g in ((12, 3), (13, 4), (15, 1), (20, 3))
    ]
    records, _ = records_of([row("01-21", "01-22", 3, pt="Anaemia", soc=BLOOD)], {"1": subject()})
    found = lab_verdicts(records, subject(), LAB_TERMS, labs)
    assert [(f["verdict"], str(f["start"]), str(f["end"]), f["derived_grade"]) for f in found] == [
        ("agrees", "2026-01-21", "2026-01-22", 3), ("not-reported", "2026-01-12", "2026-01-13", 4),
    ]  # fmt: skip


def test_groups_of_special_interest_by_class_name_and_word() -> None:
    groups = [
        {
            "id": "infections",
            "soc": ["Infections and infestations"],
            "pt": ["Bacteraemia"],
            "words": ["sepsis"],
        },
        {"id": "gut", "soc": [GI], "exclude_pt": ["Vomiting"]},
    ]
    rows = [row("01-12"), row("01-12", pt="Vomiting"), row("01-12", pt="bacteremia"), row("01-12", pt="", term="Sepsis, line"),
            row("01-12", pt="", term="urosepsis")]  # fmt: skip
    records, _ = records_of(rows, {"1": subject()}, groups)
    expected = [["gut"], [], ["gut", "infections"], ["infections"], []]
    assert [sorted(r["aesi"]) for r in records] == expected
    assert ["by-words" in r["flags"] for r in records] == [False, False, False, True, False]


def pilot(name: str) -> list[Record]:
    path = EXCHANGE / f"{name}.json"
    if not path.exists():
        pytest.skip("the public pilot is not here")
    data = json.loads(path.read_text(encoding="utf-8"))
    return [dict(zip([c["name"] for c in data["columns"]], cells, strict=True)) for cells in data["rows"]]


def as_collected() -> dict[tuple[str, int], dict[str, str]]:
    """Start and end as the pilot's SDTM has them, of the half that is here."""
    with gzip.open(PILOT / "ae.csv.gz", "rt", encoding="utf-8") as file:
        return {(r["USUBJID"], int(float(r["AESEQ"]))): r for r in csv.DictReader(file)}


def pilot_study() -> tuple[dict[str, Record], list[Record], list[Record]]:
    people = {}
    for who in pilot("adam_adsl"):
        if who["SAFFL"] == "Y":
            people[who["USUBJID"]] = subject(
                who["USUBJID"], who["TRT01A"], infusion=datetime.fromisoformat(who["TRTSDT"]), lymphodepletion_start=None,
                window_end_day=10_000, dose=str(who["TRT01AN"]),
            )  # fmt: skip
    collected, events, rows = as_collected(), [], []
    for ae in pilot("adam_adae"):
        if not ae["ASTDT"] and (ae["USUBJID"], ae["AESEQ"]) not in collected:
            continue  # a year alone in the half of the SDTM that is not here: its analysis data show nothing of it
        events.append(ae)
        sdtm = collected.get((ae["USUBJID"], ae["AESEQ"]), {})
        kept = {"": 10, "D": 7, "M": 4}[ae["ASTDTF"] or ""]
        rows.append({
            "subject_id": ae["USUBJID"], "term": ae["AETERM"], "pt": ae["AEDECOD"], "soc": ae["AEBODSYS"], "severity": ae["AESEV"],
            "start": sdtm.get("AESTDTC", (ae["ASTDT"] or "")[:kept]), "end": sdtm.get("AEENDTC", ae["AENDT"]),
            "serious": ae["AESER"], "related": ae["AEREL"], "outcome": ae["AEOUT"], "treatment": str(ae["AESEQ"]),
        })  # fmt: skip
    return people, events, rows


def test_the_pilots_emergence_row_by_row() -> None:
    """Taken one by one, every record of the public pilot whose start is here is emergent where its own analysis data say so."""
    people, events, rows = pilot_study()
    differ = [
        (ae["USUBJID"], ae["AESEQ"])
        for ae, one in zip(events, rows, strict=True)
        if (records_of([one], people)[0][0]["emergent"] != "no") != (ae["TRTEMFL"] == "Y")
    ]
    assert (len(rows), differ) == (1185, [])


def test_the_pilots_subjects_and_pairs() -> None:
    """65 of 86, 77 of 84 and 76 of 84 subjects; joining rows by name takes away 3 of 781 subject-term pairs."""
    people, events, rows = pilot_study()
    flagged = {(ae["USUBJID"], fold(ae["AEDECOD"])) for ae in events if ae["TRTEMFL"] == "Y"}
    records, _ = records_of(rows, people)
    emergent = {(r["subject_id"], r["name"]) for r in records if r["emergent"] != "no"}
    assert (len(flagged), len(flagged - emergent), emergent - flagged) == (781, 3, set())
    one_by_one = [records_of([one], people)[0][0] for one in rows]
    cells = count_any(one_by_one, people)
    assert [(c["n"], c["of"]) for c in cells.values()][:3] == [(65, 86), (77, 84), (76, 84)]


def count_any(records: list[Record], people: dict[str, Record]) -> Record:
    for number, record in enumerate(records):
        record["event"] = number
    return tables(records, people)["ae-terms"][0][2]

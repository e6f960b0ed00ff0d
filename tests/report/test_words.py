"""Every name that the program prints for itself has words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import senl_ae
from senl_ae.grade.rules.scales import load_scales
from senl_ae.report.words import FLAGS, flag_long, flag_short, title
from senl_ae.results.folder import read_table
from senl_ae.run import Run
from senl_ae.vocabulary.items import load_items

CODE = Path(senl_ae.__file__).parent
HYPHENED = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
WITHOUT_FLAGS = ("episodes.py", "notes.py", "reported.py")
"""Files of the grader whose hyphened words are outcomes, reasons and issues. Flags of a reported record are printed as they are spelled."""
NO_FLAG = {"utf-8", "no-record", "not-evaluable", "gate-not-settled"}


def flags_set() -> set[str]:
    """Hyphened words of the grader that are no codes of issues, single words set as flags, and the flags of the rules."""
    found = {rule.flag for scale in load_scales().values() for rule in scale.rules if rule.flag}
    for path in (
        *(
            p
            for p in (CODE / "grade").rglob("*.py")
            if p.name not in WITHOUT_FLAGS and p.parent.name != "adverse_events"
        ),
        CODE / "results" / "traces.py",
    ):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [
            n
            for n in ast.walk(tree)
            if isinstance(n, ast.Call)
            and getattr(n.func, "attr", getattr(n.func, "id", "")) in ("add", "Issue")
        ]
        issues = {id(n) for call in calls for n in ast.walk(call)}
        texts = [
            n
            for n in ast.walk(tree)
            if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in issues
        ]
        found |= {str(n.value) for n in texts if HYPHENED.fullmatch(str(n.value))}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Subscript)
                and isinstance(node.value, ast.Name)
                and node.value.id == "flags"
            ):
                found |= {
                    str(n.value)
                    for n in [node.slice]
                    if isinstance(n, ast.Constant) and isinstance(n.value, str)
                }
    return found - NO_FLAG


def test_every_flag_of_the_program_has_words() -> None:
    found = flags_set()
    assert {
        "ruling",
        "calcium-corrected",
        "censored-below",
        "vasopressin-alone",
        "iechs-criteria-together",
    } <= found
    assert found - set(FLAGS) == set()
    assert set(FLAGS) - found <= {"inotrope", "sedated"}, "words for flags that nothing sets"


def test_every_flag_of_the_sample_study_has_words(sample_run: Run) -> None:
    for name in ("assessments", "patients", "labs", "lab_patients", "haematotoxicity"):
        for flag in {
            f for text in read_table(sample_run.folder, name)["flags"] for f in text.split(";") if f
        }:
            assert flag in FLAGS or flag_long(flag) != flag.replace("-", " "), flag


def test_flags_with_a_number() -> None:
    assert (
        flag_long("ferritin-2-days-after-crs")
        == "the ferritin criterion of IEC-HS was met 2 days after the last day of CRS"
    )
    assert flag_long("ferritin-0-days-after-crs").endswith("met on the last day of CRS")
    assert flag_short("ferritin--1-days-after-crs") == "ferritin 1 day before the last day of CRS"
    assert flag_short("derived-grade-2") == "derived grade 2"


def test_tests_are_named_as_clinicians_write_them() -> None:
    names = (
        "anc",
        "alt",
        "ldh",
        "wbc",
        "alc",
        "inr",
        "aptt",
        "crp",
        "il6",
        "egfr",
        "igg",
        "nt_probnp",
        "total_bilirubin",
        "sodium",
    )
    said = ["ANC", "ALT", "LDH", "WBC", "ALC", "INR", "aPTT", "CRP", "IL-6", "eGFR", "IgG", "NT-proBNP"]
    assert [title(name) for name in names] == [*said, "total bilirubin", "sodium"]
    tests = [item.name for item in load_items().by_name.values() if item.is_lab]
    short = [
        name
        for name in tests
        if any(len(part) <= 3 or any(c.isdigit() for c in part) for part in name.split("_"))
    ]
    assert len(short) > 40
    assert [name for name in short if title(name) == title(name).lower()] == []
    assert title("ice_total") == "ICE total" and title("sbp_limit") == "systolic limit"

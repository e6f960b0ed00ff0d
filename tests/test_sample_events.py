"""The sample study's log of reported events: what each record must be judged as, and how many subjects each row counts, worked out by hand.

Nothing here comes from the program: each line is read from sample_data/event_log.csv with the rules beside it. The infusions have clocks,
the events do not; lymphodepletion begins on Day -5; every window ends on Day 30 but that of 012, who died on Day 9.
"""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.running import ROOT, here

pytestmark = pytest.mark.skipif(
    find_spec("senl_ae.grade.adverse_events") is None, reason="the program does not grade reported events yet"
)

# sheet row, subject, period, emergent, in the window, event (a letter; a dot is blank) # what, which grade, when in study days
RECORDS = """
2   002 infusion        yes      1 g # Febrile neutropenia, grade 3, 3..5
3   006 infusion        yes      1 a # Cytokine release syndr.., grade 1, 2..4
4   007 infusion        yes      1 a # Cytokine release syndr.., grade 3, 3..5
5   011 infusion        yes      1 a # Seizure, grade 3, 6..6
6   012 infusion        yes      1 a # Cytokine release syndr.., grade 5, 1..9
7   012 infusion        yes      1 b # Acute kidney injury, grade 4, 6..
8   013 infusion        yes      1 a # Cytokine release syndr.., grade 4, 1..4
9   015 infusion        yes      1 a # Bacteraemia, grade 3, 6..14
10  017 infusion        yes      1 a # Cytokine release syndr.., grade 4, 2..6
11  001 lymphodepletion no       0 . # Nausea, grade 1, -5..-2; ended two days before the infusion: not present at it
12  001 infusion        yes      1 a # Nausea, grade 1, 4..6; and so this one is new
13  001 before          yes      1 b # Anaemia, grade 2 from 1, 2025-12..14; 2 is above the baseline of 1, ended on Day 14
14  001 infusion        yes      1 c # Neutropenia, grade 4, 4..13
15  001 infusion        yes      1 c # Neutropenia, grade 2, 14..20; the day after: a change of grade, one event
16  001 infusion        yes      1 d # Thrombocytopenia, grade 2, 3..12
17  001 infusion        yes      1 e # pressure in the head, grade 1, 8..8; not coded
18  001 before          no       0 . # Hypertension, grade 2 from 2, 2024..ongoing; grade 2 as at baseline
19  002 before          no       0 . # Fatigue, grade 1, -9..2; goes on past the infusion, no baseline grade: worsening unknown
20  002 infusion        yes      1 a # Fatigue, grade 2, 3..20; the day after, and above the grade 1 that was present
21  002 infusion        yes      1 b # Neutropenia, grade 4, 3..15
22  002 infusion        yes      1 c # Anemia, grade 2, 3..16; American spelling of the same name
23  002 infusion        assumed  1 d # Constipation, grade 1, 0..5; Day 0 without a clock
24  002 infusion        yes      1 e # Diarrhoea, grade 1, 10..11
25  002 infusion        yes      1 e # Diarrhea, grade 2, 12..13
26  002 infusion        yes      1 f # Diarrhoea, grade 1, 16..17; two clear days between: another event
27  002 late            yes      0 . # Cough, grade 1, 35..40
28  003 lymphodepletion no       0 . # Vomiting, grade 2, -4..-1; ended the day before: present at the infusion
29  003 infusion        no       0 . # Vomiting, grade 2, 0..2; joins it, not above its grade 2
30  003 infusion        yes      1 a # Vomiting, grade 3, 3..4; joins through the row before, above grade 2
31  003 infusion        yes      1 b # Neutropenia, grade 4, 3..16
32  003 infusion        yes      1 c # Thrombocytopenia, grade 3, 5..12
33  003 infusion        assumed  1 d # Decreased appetite, grade 2, 2026-02..12; the month of the infusion: Day 0
34  003 before          no       0 . # Headache, grade 1, UNK..-2; no start, ended before
35  003 infusion        yes      1 e # Headache, grade 2, 2..4
36  003 infusion        yes      1 f # Tremor, grade 1, 6..8
37  004 before          no       0 . # Peripheral sensory neu.., grade 1 from 1, 2025..14; grade 1 as at baseline
38  004 infusion        no       0 . # Peripheral sensory neu.., grade 1, 15..20; goes on from it, no worse
39  004 infusion        yes      1 a # Hypokalaemia, grade 2, 1..2
40  004 infusion        yes      1 a # Hypokalaemia, grade 3, 3..4
41  004 infusion        yes      1 a # Hypokalemia, grade 1, 5..7
42  004 infusion        yes      1 b # Neutropenia, grade 4, 4..15
43  004 infusion        yes      1 c # Anaemia, grade 3, 7..12
44  004 infusion        yes      1 d # Back pain, grade ?, 2..3; no grade
45  004 infusion        yes      1 e # Hypoxia, grade 2, 3..5
46  004 infusion        yes      1 f # Pneumonia, grade 3, 24..ongoing
47  004 infusion        yes      1 g # Hypogammaglobulinaemia, grade 2, 28..60; begun in the window, ended after it
48  005 before          no       0 . # Bone pain, grade 2 from 2, -30..ongoing
49  005 infusion        assumed  1 a # Nausea, grade 1, 0..1
50  005 infusion        yes      1 b # infection, site not st.., grade 2, 3..; not coded, no relation, no end
51  005 infusion        assumed  1 c # Confusional state, grade 2, 2026-02..; no seriousness, no end
52  006 infusion        yes      1 b # Hypotension, grade 2, 10..10
53  006 infusion        yes      1 c # Neutropenia, grade 4, 3..16
54  006 before          yes      1 d # Anaemia, grade 2 from 1, -20..20; above baseline
55  006 infusion        yes      1 e # Febrile neutropenia, grade 3, 9..11
56  006 infusion        yes      1 f # Diarrhoea, grade 2, 5..8
57  006 -                            # Diarrhoea, grade 2, 5..8
58  006 infusion        assumed  1 g # Insomnia, grade 1, 2026-03..2026-03
59  007 infusion        yes      1 b # Aspartate aminotransfe.., grade 1, 3..4
60  007 infusion        yes      1 b # Aspartate aminotransfe.., grade 2, 5..6
61  007 infusion        yes      1 b # Aspartate aminotransfe.., grade 1, 7..12
62  007 infusion        yes      1 c # Neutropenia, grade 4, 3..16
63  007 infusion        yes      1 d # Thrombocytopenia, grade 4, 5..12
64  007 infusion        yes      1 e # Anaemia, grade 3, 5..12
65  007 before          no       0 . # Anxiety, grade 1, -6..-5; the day before lymphodepletion began
66  007 infusion        yes      1 f # Edema peripheral, grade 1, 6..9
67  007 infusion        yes      1 g # Hypotension, grade 3, 4..5
68  008 before          no       0 . # Sleep apnoea syndrome, grade 2 from 2, 2019..ongoing
69  008 before          assumed  1 a # Peripheral sensory neu.., grade 2 from 1, 2025-11..ongoing; above baseline, not ended
70  008 infusion        yes      1 b # Fatigue, grade 2, 1..14
71  008 infusion        yes      1 c # Neutropenia, grade 4, 4..11
72  008 infusion        yes      1 d # Urinary tract infection, grade 2, 20..27
73  008 lymphodepletion no       0 . # Headache, grade 1, -5..-4
74  009 lymphodepletion no       0 . # Nausea, grade 2, -5..-3
75  009 infusion        yes      1 a # Vomiting, grade 1, 1..2
76  009 infusion        yes      1 b # Rash, grade 1, 12..14
77  009 infusion        yes      1 b # RASH, grade 2, 15..19
78  009 infusion        yes      1 c # Acute graft versus hos.., grade 2, 21..35
79  009 infusion        assumed  1 d # Neutropenia, grade 2, 2026-03-UN..12
80  010 infusion        yes      1 a # Chills, grade 1, 1..1
81  010 infusion        yes      1 b # Neutropenia, grade 4, 5..12
82  010 infusion        yes      1 b # Neutropenia, grade 3, 13..17
83  010 infusion        yes      1 c # Anaemia, grade 2, 4..15
84  010 lymphodepletion no       0 . # Nausea, grade 1, -5..-3
85  010 infusion        yes      1 d # Arthralgia, grade 1, 2026-04..8; a month that is all after the infusion: Day 1
86  010 late            yes      0 . # Upper respiratory trac.., grade 2, 33..40
87  011 infusion        yes      1 b # Headache, grade 1, 4..5
88  011 infusion        yes      1 b # Headache, grade 2, 6..7
89  011 infusion        yes      1 c # Tremor, grade 1, 5..9
90  011 infusion        yes      1 d # Hypophosphataemia, grade 3, 3..6
91  011 infusion        yes      1 e # Neutropenia, grade 4, 4..11
92  011 infusion        yes      1 f # mouth sore, grade 1, 8..10; not coded
93  011 infusion        yes      1 g # Hypogammaglobulinaemia, grade 2, 21..ongoing
94  012 infusion        yes      1 c # Anaemia, grade 3, 5..ongoing
95  012 infusion        yes      1 d # Thrombocytopenia, grade 4, 4..ongoing
96  012 infusion        yes      1 e # Neutropenia, grade 4, 3..ongoing
97  012 infusion        yes      1 f # Hypoxia, grade 3, 3..4
98  012 infusion        yes      1 f # Hypoxia, grade 4, 5..9; to the day of death
99  012 lymphodepletion no       0 . # Nausea, grade 2, -3..-1
100 013 infusion        yes      1 b # Hypotension, grade 4, 2..4
101 013 infusion        yes      1 c # Aspartate aminotransfe.., grade 2, 3..8
102 013 infusion        yes      1 d # Neutropenia, grade 4, 3..18
103 013 infusion        yes      1 e # Thrombocytopenia, grade 4, 5..13
104 013 infusion        yes      1 f # Cytomegalovirus infect.., grade 2, 25..ongoing
105 013 late            yes      0 . # Herpes zoster, grade 2, 45..60
106 014 lymphodepletion no       0 . # Vomiting, grade 1, -2..1; goes on past the infusion, no baseline grade: worsening unknown
107 014 infusion        yes      1 a # Vomiting, grade 2, 2..3; above it
108 014 infusion        yes      1 b # Hypoxia, grade 3, 4..5
109 014 infusion        yes      1 c # Neutropenia, grade 4, 4..15
110 014 infusion        assumed  1 d # Decreased appetite, grade 1, UNK..6
111 015 infusion        yes      1 b # Febrile neutropenia, grade 3, 6..8
112 015 infusion        yes      1 c # Neutropenia, grade 3, 3..13
113 015 before          yes      1 d # Hypertension, grade 2 from 1, 2023..20; above baseline
114 016 infusion        yes      1 a # Confusional state, grade 2, 5..6
115 016 infusion        yes      1 a # Confusional state, grade 3, 7..8
116 016 infusion        yes      1 a # Confusional state, grade 1, 9..10
117 016 infusion        yes      1 b # Aphasia, grade 2, 6..9
118 016 infusion        yes      1 c # Neutropenia, grade 4, 3..15
119 016 infusion        assumed  1 d # Nausea, grade 1, 0..3
120 017 infusion        yes      1 b # Hypoxia, grade 4, 4..5
121 017 infusion        yes      1 c # Neutropenia, grade 4, 3..18
122 017 infusion        yes      1 d # Tumor lysis syndrome, grade 3, 3..6
123 017 infusion        yes      1 e # Stomatitis, grade 1, 6..10
124 018 infusion        assumed  1 a # Diarrhoea, grade 1, 2026-06..9
125 018 infusion        yes      1 b # Thrombocytopenia, grade 3, 5..12
126 018 infusion        yes      1 c # Neutropenia, grade 4, 4..16
127 018 infusion        yes      1 d # Upper respiratory trac.., grade 1, 26..33; begun in the window
128 019 .               .        0 . # Pneumonia, grade 3, -3..9; never infused: listed only
"""

# row | DL1 any, grade >= 3 | DL2 | DL3 | Total: subjects, each at the highest grade of its records in the row
COUNTS = """
Any adverse event                                    | 5 4 | 6 5 | 7 7 | 18 16
Blood and lymphatic system disorders                 | 4 4 | 6 5 | 7 7 | 17 16
  Neutropenia                                        | 4 4 | 6 5 | 7 7 | 17 16
  Anaemia                                            | 3 1 | 3 1 | 1 1 | 7 3
  Thrombocytopenia                                   | 2 1 | 1 1 | 3 3 | 6 5
  Febrile neutropenia                                | 1 1 | 1 1 | 1 1 | 3 3
Gastrointestinal disorders                           | 4 1 | 2 0 | 4 0 | 10 1
  Diarrhoea                                          | 1 0 | 1 0 | 1 0 | 3 0
  Nausea                                             | 2 0 | 0 0 | 1 0 | 3 0
  Vomiting                                           | 1 1 | 1 0 | 1 0 | 3 1
  Constipation                                       | 1 0 | 0 0 | 0 0 | 1 0
  Stomatitis                                         | 0 0 | 0 0 | 1 0 | 1 0
Immune system disorders                              | 1 0 | 4 1 | 3 3 | 8 4
  Cytokine release syndrome                          | 0 0 | 2 1 | 3 3 | 5 4
  Hypogammaglobulinaemia                             | 1 0 | 1 0 | 0 0 | 2 0
  Acute graft versus host disease in skin            | 0 0 | 1 0 | 0 0 | 1 0
Infections and infestations                          | 1 1 | 1 0 | 3 1 | 5 2
  Bacteraemia                                        | 0 0 | 0 0 | 1 1 | 1 1
  Cytomegalovirus infection reactivation             | 0 0 | 0 0 | 1 0 | 1 0
  Pneumonia                                          | 1 1 | 0 0 | 0 0 | 1 1
  Upper respiratory tract infection                  | 0 0 | 0 0 | 1 0 | 1 0
  Urinary tract infection                            | 0 0 | 1 0 | 0 0 | 1 0
Metabolism and nutrition disorders                   | 2 1 | 1 1 | 2 1 | 5 3
  Decreased appetite                                 | 1 0 | 0 0 | 1 0 | 2 0
  Hypokalaemia                                       | 1 1 | 0 0 | 0 0 | 1 1
  Hypophosphataemia                                  | 0 0 | 1 1 | 0 0 | 1 1
  Tumour lysis syndrome                              | 0 0 | 0 0 | 1 1 | 1 1
General disorders and administration site conditions | 1 0 | 3 0 | 0 0 | 4 0
  Fatigue                                            | 1 0 | 1 0 | 0 0 | 2 0
  Chills                                             | 0 0 | 1 0 | 0 0 | 1 0
  Oedema peripheral                                  | 0 0 | 1 0 | 0 0 | 1 0
Nervous system disorders                             | 1 0 | 2 1 | 1 0 | 4 1
  Headache                                           | 1 0 | 1 0 | 0 0 | 2 0
  Tremor                                             | 1 0 | 1 0 | 0 0 | 2 0
  Aphasia                                            | 0 0 | 0 0 | 1 0 | 1 0
  Peripheral sensory neuropathy                      | 0 0 | 1 0 | 0 0 | 1 0
  Seizure                                            | 0 0 | 1 1 | 0 0 | 1 1
Respiratory, thoracic and mediastinal disorders      | 1 0 | 0 0 | 3 3 | 4 3
  Hypoxia                                            | 1 0 | 0 0 | 3 3 | 4 3
Vascular disorders                                   | 0 0 | 2 1 | 2 1 | 4 2
  Hypotension                                        | 0 0 | 2 1 | 1 1 | 3 2
  Hypertension                                       | 0 0 | 0 0 | 1 0 | 1 0
Not coded                                            | 2 0 | 1 0 | 0 0 | 3 0
  infection, site not stated                         | 1 0 | 0 0 | 0 0 | 1 0
  mouth sore                                         | 0 0 | 1 0 | 0 0 | 1 0
  pressure in the head                               | 1 0 | 0 0 | 0 0 | 1 0
Psychiatric disorders                                | 1 0 | 1 0 | 1 1 | 3 1
  Confusional state                                  | 1 0 | 0 0 | 1 1 | 2 1
  Insomnia                                           | 0 0 | 1 0 | 0 0 | 1 0
Investigations                                       | 0 0 | 1 0 | 1 0 | 2 0
  Aspartate aminotransferase increased               | 0 0 | 1 0 | 1 0 | 2 0
Musculoskeletal and connective tissue disorders      | 1 0 | 1 0 | 0 0 | 2 0
  Arthralgia                                         | 0 0 | 1 0 | 0 0 | 1 0
  Back pain                                          | 1 0 | 0 0 | 0 0 | 1 0
Renal and urinary disorders                          | 0 0 | 0 0 | 1 1 | 1 1
  Acute kidney injury                                | 0 0 | 0 0 | 1 1 | 1 1
Skin and subcutaneous tissue disorders               | 0 0 | 1 0 | 0 0 | 1 0
  Rash                                               | 0 0 | 1 0 | 0 0 | 1 0
"""
EVENTS = {"DL1": 28, "DL2": 33, "DL3": 33, "Total": 94}
"""Events of all subjects: the letters of each, one by one."""

Judged = dict[int, tuple[str, ...]]


def worked_out() -> Judged:
    """Sheet row -> subject, period, emergent, in the window, event; a row that is a duplicate is no record."""
    found = {}
    for line in RECORDS.strip().splitlines():
        row, *cells = line.split("#")[0].split()
        if cells[1:] != ["-"]:
            found[int(row)] = tuple("" if c == "." else c for c in cells)
    return found


def lettered(rows: list[dict[str, str]], letters: Judged) -> dict[tuple[str, str], set[str]]:
    """The letters that stand for each event of each subject: one, where the same records are together."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        key = (row["subject_id"], row["event"])
        found.setdefault(key, set()).add(letters[sheet_row(row)][4])
    return found


def sheet_row(row: dict[str, str]) -> int:
    return int(row["source"].rsplit(":", 1)[-1])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", params=["en", "zh"])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp(request.param) / "results"
    done = here(
        "grade",
        ROOT / "sample_data" / f"study_{request.param}.xlsx",
        "--out",
        out,
        "--no-workbook",
        "--quiet",
        "--strict",
    )
    assert done.code == 0, done.err
    return out


def test_every_record_is_judged_as_worked_out_by_hand(results: Path) -> None:
    rows, expected = read(results / "adverse_events.csv"), worked_out()
    names = ("subject_id", "period", "emergent", "in_window")
    found = {sheet_row(row): tuple(row[n] for n in names) for row in rows}
    assert found == {row: cells[:4] for row, cells in expected.items()}


def test_records_that_are_one_event_are_together_and_no_others(results: Path) -> None:
    rows = read(results / "adverse_events.csv")
    events = lettered(rows, worked_out())
    assert all(len(letters) == 1 for letters in events.values()), events
    numbered = {(subject, *letters) for (subject, event), letters in events.items() if event}
    expected = {(cells[0], cells[4]) for cells in worked_out().values() if cells[4]}
    assert numbered == expected and len(expected) == EVENTS["Total"]


def folded(text: str) -> str:
    return text.strip().casefold().replace("ae", "e").replace("oe", "e").replace("our", "or")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """The long results of the table of terms by dose level of the English study."""
    place = tmp_path_factory.mktemp("tables")
    sample = ROOT / "sample_data" / "study_en.xlsx"
    assert here("grade", sample, "--out", place / "r", "--no-workbook", "-q").code == 0
    words = ("--by", "dose", "--table", "ae-terms", "--format", "csv", "--out", place / "t", "-q")
    done = here("summarize", place / "r", *words)
    assert done.code == 0, done.err
    return [r for r in read(place / "t" / "long.csv") if r["row"] != "Column heading"]


def test_the_table_of_terms_counts_as_worked_out_by_hand(table: list[dict[str, str]]) -> None:
    rows = list(dict.fromkeys((folded(r["row"]), folded(r["level"])) for r in table))
    expected, soc = {}, ""
    for line in COUNTS.strip().splitlines():
        name, *cells = line.split("|")
        soc, term = (soc, folded(name)) if name.startswith(" ") else (folded(name), "")
        expected[soc, term] = " ".join(cells).split()
    assert rows == list(expected)
    for group, place in (("DL1", 0), ("DL2", 1), ("DL3", 2), ("Total", 3)):
        for statistic, second in (("n", 0), ("n_grade3plus", 1)):
            counted = {
                (folded(r["row"]), folded(r["level"])): f"{float(r['value']):g}"
                for r in table
                if (r["group"], r["statistic"]) == (group, statistic)
            }
            assert counted == {key: cells[2 * place + second] for key, cells in expected.items()}


def test_events_are_counted_beside_subjects(table: list[dict[str, str]]) -> None:
    found = {
        r["group"]: int(float(r["value"]))
        for r in table
        if (r["row"], r["level"], r["statistic"]) == ("Any adverse event", "", "events")
    }
    assert found == EVENTS

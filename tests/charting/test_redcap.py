"""REDCap exports: raw and with labels, with and without the data dictionary, taken apart into the sheets of their forms."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from senl_ae.study import Study, Subjects
from tests.charting.redcap_study import in_redcap, sample_study
from tests.read.studies import codes, lines, read, refusals, same_facts, told
from tests.running import ROOT, here

RAW = lines(
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,redcap_survey_identifier,"
    "demographics_timestamp,dose_level,infusion_date,age,demographics_complete,vs_date,vs_temp,vs_sbp,vs_o2,vs_flow,vs_pressor___0,"
    "vs_pressor___1,vs_pressor___2,vitals_complete,ne_date,ne_ice,ne_seizure,neuro_complete,cm_drug,cm_start,cm_end,medication_complete",
    "001,enrol_arm_1,,,x,,2026-05-01 08:00,DL1,2026-05-04,40,2" + "," * 17,
    "001,fu_arm_1,vitals,1,x,,,,,,,2026-05-06,38.6,118,1,,0,0,0,2,,,,,,,,",
    "001,fu_arm_1,vitals,2,x,,,,,,,2026-05-07,38.7,110,2,3,0,1,1,2,,,,,,,,",
    "001,fu_arm_1,neuro,1,x,,,,,,,,,,,,,,,,2026-05-07,10,2,2,,,,",
    "001,fu_arm_1,medication,1,x,,,,,,,,,,,,,,,,,,,,TOCILIZUMAB,2026-05-07,2026-05-07,2",
)
DICTIONARY = lines(
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider Labels"',
    "record_id,demographics,,text,Record ID,",
    "dose_level,demographics,,text,Dose level,",
    "age,demographics,,text,Age,",
    "infusion_date,demographics,,text,Infusion date,",
    "vs_date,vitals,,text,Date of vitals,",
    "vs_temp,vitals,,text,Temperature,",
    "vs_sbp,vitals,,text,Systolic,",
    'vs_o2,vitals,,radio,Oxygen device,"1, Room air | 2, <b>Nasal cannula</b> | 3, Face mask"',
    "vs_flow,vitals,,text,Oxygen flow,",
    'vs_pressor,vitals,,checkbox,Vasopressors,"0, None | 1, Norepinephrine | 2, Vasopressin"',
    "ne_date,neuro,,text,Date of ICE,",
    "ne_ice,neuro,,text,ICE,",
    'ne_seizure,neuro,,dropdown,Seizure,"1, None | 2, Focal seizure"',
    "cm_drug,medication,,text,Drug,",
    "cm_start,medication,,text,Start,",
    "cm_end,medication,,text,End,",
)


def both(tmp_path: Path) -> Study:
    return read(tmp_path, {"redcap.csv": RAW, "dictionary.csv": DICTIONARY})


def test_a_raw_export_with_its_dictionary_is_read_in_words(tmp_path: Path) -> None:
    study = both(tmp_path)
    assert study.vitals["oxygen_device"].tolist() == ["room_air", "nasal_cannula"]
    assert study.vitals["vasopressors"].tolist() == [None, "norepinephrine;vasopressin"]
    assert study.neuro["seizure"].tolist() == ["unspecified"] and study.neuro["ice_total"].tolist() == [10]
    assert study.interventions["agent"].tolist() == ["tocilizumab"]
    assert study.subjects.table[["subject_id", "dose_level", "age"]].iloc[0].tolist() == ["001", "DL1", 40]
    assert codes(study) == {"data-dictionary", "system-columns"}


def test_addresses_are_those_of_the_export(tmp_path: Path) -> None:
    study = read(tmp_path, {"redcap.csv": RAW.replace("38.7", "387"), "dictionary.csv": DICTIONARY})
    wrong = next(i for i in study.issues.found if i.severity == "set aside")
    assert (wrong.file, wrong.row, wrong.column) == ("redcap.csv", 4, "M")
    assert study.neuro["row"].tolist() == [5] and study.interventions["row"].tolist() == [6]


def test_without_the_dictionary_codes_where_words_are_needed_are_refused_and_the_dictionary_named(
    tmp_path: Path,
) -> None:
    found = refusals(tmp_path, {"redcap.csv": RAW})
    assert {(i.code, i.column) for i in found} == {
        ("codes-without-dictionary", "O"),
        ("codes-without-dictionary", "W"),
    }
    assert all("dictionary" in i.sentence() for i in found)


def test_without_the_dictionary_an_export_in_words_is_read(tmp_path: Path) -> None:
    text = (
        RAW.replace("118,1,,", "118,Room air,,")
        .replace("110,2,3", "110,NC,3")
        .replace(",10,2,2,", ",10,Focal seizure,2,")
    )
    study = read(tmp_path, {"redcap.csv": text})
    assert study.vitals["oxygen_device"].tolist() == ["room_air", "nasal_cannula"] and study.neuro[
        "seizure"
    ].tolist() == ["unspecified"]
    boxes = [i.found.split('"')[1] for i in told(study, "heading-not-whole")]
    assert boxes == ["vs_pressor___1", "vs_pressor___2"]
    assert study.vitals.set_aside["vasopressors"].tolist() == [False, True]


def test_rows_without_a_repeat_are_read_by_event(tmp_path: Path) -> None:
    text = lines(
        "record_id,redcap_event_name,dose_level,infusion_date,age,vs_date,vs_temp,vs_sbp,vs_o2_device,vs_vasopressors",
        "7,enrol_arm_1,DL1,2026-05-04,40,,,,,",
        "7,day_1_arm_1,,,,2026-05-05,38.6,118,room air,none",
        "7,day_2_arm_1,,,,2026-05-06,38.4,,,",
    )
    study = read(tmp_path, {"e.csv": text})
    assert study.vitals["temperature"].tolist() == [38.6, 38.4] and study.subjects["dose_level"].tolist() == [
        "DL1"
    ]


def test_forms_of_one_row_with_times_of_their_own_are_sheets_of_their_own(tmp_path: Path) -> None:
    text = lines(
        "study_id,redcap_event_name,infusion_date,base_complete,vs_date,vs_temp,vitals_complete,ne_date,ne_ice,neuro_complete",
        "7,week_1_arm_1,2026-05-04,2,2026-05-05,38.6,2,2026-05-06,8,2",
    )
    study = read(tmp_path, {"e.csv": text})
    assert len(study.vitals) == len(study.neuro) == 1
    assert study.neuro.table["time"].iloc[0] - study.vitals.table["time"].iloc[0] == 86400


def test_a_prefix_that_speaks_of_another_time_is_no_prefix_of_a_form(tmp_path: Path) -> None:
    head = "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,infusion_date,vs_date,vs_temp"
    text = lines(
        head + ",prior_seizure,prior_bolus", "7,a,,,2026-05-04,,,1,1", "7,a,vitals,1,,2026-05-05,38.6,,"
    )
    study = read(tmp_path, {"e.csv": text})
    assert study.vitals.table["fluid_bolus"].isna().all() and not len(study.neuro)


def test_an_ordinary_sheet_with_a_record_id_of_its_own_is_read_as_ever(tmp_path: Path) -> None:
    text = lines(
        "subject_id,record_id,infusion_date,datetime,temperature", "1,77,2026-05-04,2026-05-05 08:00,38.6"
    )
    assert read(tmp_path, {"v.csv": text}).subjects["subject_id"].tolist() == ["1"]


def test_labels_say_the_same_as_codes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    texts = in_redcap(sample_study())
    raw = read(
        tmp_path / "a", {"r.csv": texts["study_redcap.csv"], "d.csv": texts["study_redcap_dictionary.csv"]}
    )
    same_facts_but_further(raw, read(tmp_path / "b", {"r.csv": texts["study_redcap_labels.csv"]}))


def same_facts_but_further(one: Study, two: Study) -> None:
    """A further column of the subjects is kept under its own heading, which a label and a field's name are not alike."""

    def without(study: Study) -> Study:
        kept = [name for name in study.subjects.names if name not in ("en_remark", "Remark")]
        return replace(study, subjects=Subjects.of(study.subjects.table[kept]))

    same_facts(without(one), without(two))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample study graded from the workbook, from the raw export with its dictionary, and from the export with labels."""
    folder = tmp_path_factory.mktemp("twins")
    (folder / "labels.csv").write_text(in_redcap(sample_study())["study_redcap_labels.csv"], encoding="utf-8")
    sample = ROOT / "sample_data"
    files = {
        "workbook": [sample / "study_en.xlsx"],
        "raw": [sample / "study_redcap.csv", sample / "study_redcap_dictionary.csv"],
        "labels": [folder / "labels.csv"],
    }
    for name, paths in files.items():
        done = here("grade", *paths, "--out", folder / name, "--no-workbook", "--quiet", "--strict")
        assert done.code == 0, done.err
    return {name: folder / name for name in files}


@pytest.mark.parametrize("twin", ["raw", "labels"])
@pytest.mark.parametrize("table", ["daily", "episodes", "treatments"])
def test_the_sample_study_as_a_redcap_export_gives_the_same_bytes(
    results: dict[str, Path], twin: str, table: str
) -> None:
    assert (results[twin] / f"{table}.csv").read_bytes() == (
        results["workbook"] / f"{table}.csv"
    ).read_bytes()


def test_the_export_is_modest_and_rebuilding_it_gives_what_is_committed(made_sample: Path) -> None:
    for name in ("study_redcap.csv", "study_redcap_dictionary.csv"):
        assert (made_sample / name).read_bytes() == (ROOT / "sample_data" / name).read_bytes()
    assert (ROOT / "sample_data" / "study_redcap.csv").stat().st_size < 600_000


def test_no_code_of_the_twin_is_left_in_words(results: dict[str, Path]) -> None:
    issues = (results["raw"] / "issues.csv").read_text(encoding="utf-8")
    assert not re.search("unknown-word|codes-without-dictionary|heading-not-whole", issues)

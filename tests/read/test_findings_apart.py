"""Support and findings that have a column of their own: cpap, norepinephrine, papilledema."""

from __future__ import annotations

from pathlib import Path

import pytest

from senl_ae.vocabulary.items import load_items
from tests.read.charted import row_of
from tests.read.studies import lines, read


@pytest.mark.parametrize(
    ("headings", "cells", "device"),
    [
        ("cpap", "yes", "cpap"),
        ("BiPAP", "1", "bipap"),
        ("无创通气", "是", "niv"),
        ("intubated", "yes", "artificial_airway_oxygen"),
        ("有创呼吸机", "是", "ventilator"),
        ("mechanical ventilation", "y", "ventilator"),
        ("intubated,mechanical ventilation", "yes,yes", "artificial_airway_oxygen;ventilator"),
        ("oxygen_device,cpap", "room air,yes", "cpap"),
        ("oxygen_device,cpap", "room air,no", "room_air"),
        ("oxygen_device,cpap", "NC,yes", "cpap;nasal_cannula"),
        ("CPAP", "8 cmH2O", "cpap"),
        ("cpap", "0.5", "cpap"),
        ("cpap", "0", None),
        ("face mask", "0.5 L/min", "face_mask"),
        ("nasal cannula flow", "0.5", "nasal_cannula"),
        ("cpap", "oxygen 4 L/min", "cpap"),
        ("cpap", "nasal cannula 2 L/min", "nasal_cannula"),
        ("cpap", "no", None),
    ],
)
def test_a_device_in_a_column_of_its_own_is_a_device(
    tmp_path: Path, headings: str, cells: str, device: str | None
) -> None:
    assert row_of(tmp_path, headings, cells)[0]["oxygen_device"] == device


def test_a_high_flow_column_gives_device_and_flow(tmp_path: Path) -> None:
    row, _ = row_of(tmp_path, "hfnc_flow", "40")
    assert (row["oxygen_device"], row["oxygen_flow"]) == ("high_flow_nasal_cannula", 40)
    assert row_of(tmp_path, "HFNC", "1")[0]["oxygen_flow"] != 1
    assert row_of(tmp_path, "hfnc_flow", "0")[0]["oxygen_device"] is None


def test_a_column_of_one_device_does_not_tell_who_had_another(tmp_path: Path) -> None:
    assert "oxygen_device" not in row_of(tmp_path, "cpap,hfnc_flow", "no,0")[1].sources
    assert "oxygen_device" in row_of(tmp_path, "cpap,oxygen_device", "no,")[1].sources


@pytest.mark.parametrize(
    ("headings", "cells", "agents"),
    [
        ("norepinephrine (mcg/kg/min)", "0.1", "norepinephrine"),
        ("去甲肾上腺素", "0.1", "norepinephrine"),
        ("NE (ug/kg/min)", "0.05", "norepinephrine"),
        ("去甲肾上腺素,肾上腺素", "0.1,0", "norepinephrine"),
        ("norepinephrine,epinephrine", "yes,yes", "epinephrine;norepinephrine"),
        ("norepinephrine,vasopressin", "0.1 ug/kg/min,off", "norepinephrine"),
        ("epinephrine", "nebulised", "vasopressor_not_infused"),
        ("vasopressors", "norepinephrine 4 mg", "norepinephrine"),
        ("vasopressors", "norepinephrine 0 mg", "none"),
        ("vasopressors", "norepinephrine 4 mg at 0 mL/h", "none"),
        ("vasopressors", "norepinephrine 0", "none"),
        ("vasopressors,dopamine", "no,5", "dopamine"),
        ("vasopressors,dopamine", "2,5", "2"),
        ("vasopressors,dopamine", "norepinephrine,0", "norepinephrine"),
        ("norepinephrine,epinephrine", "0,no", None),
    ],
)
def test_a_drug_in_a_column_of_its_own_is_given(
    tmp_path: Path, headings: str, cells: str, agents: str | None
) -> None:
    row, study = row_of(tmp_path, headings, cells)
    assert row["vasopressors"] == agents
    assert "vasopressors" in study.sources
    assert not [i for i in study.issues.found if i.severity != "note"]


def test_a_dose_that_cannot_be_read_is_not_none(tmp_path: Path) -> None:
    row, study = row_of(tmp_path, "norepinephrine", "see chart")
    assert row["vasopressors"] is None and study.vitals.set_aside["vasopressors"].tolist() == [True]


def test_steroids_in_columns_of_their_own_never_contradict_each_other(tmp_path: Path) -> None:
    assert row_of(tmp_path, "dexamethasone,methylprednisolone", "10,0")[0]["corticosteroid"] == 1
    assert row_of(tmp_path, "anakinra", "yes")[0]["anticytokine"] == 1


def test_a_volume_of_fluid_is_no_bolus(tmp_path: Path) -> None:
    assert row_of(tmp_path, "补液(ml)", "1500")[0]["fluid_bolus"] != 1
    assert row_of(tmp_path, "补液", "是")[0]["fluid_bolus"] == 1


@pytest.mark.parametrize(
    ("headings", "cells", "column", "word"),
    [
        ("偏瘫", "是", "motor", "deep_focal"),
        ("hemiparesis", "yes", "motor", "deep_focal"),
        ("hemiparesis", "no", "motor", None),
        ("motor,tremor", "weakness,yes", "motor", "weakness"),
        ("tremor", "1", "motor", "tremor"),
        ("癫痫持续状态", "是", "seizure", "status"),
        ("seizure,癫痫持续状态", "yes,是", "seizure", "status"),
        ("papilledema", "yes", "icp_sign", "papilloedema"),
        ("视乳头水肿", "有", "icp_sign", "papilloedema"),
        ("icp_sign,papilledema", "headache,no", "icp_sign", "other_counted_nothing"),
    ],
)
def test_a_heading_that_names_a_finding_is_that_finding(
    tmp_path: Path, headings: str, cells: str, column: str, word: str | None
) -> None:
    text = lines(
        f"subject_id,infusion_date,age,date,ice_total,{headings}", f"P1,2026-01-01,50,2026-01-02,9,{cells}"
    )
    assert read(tmp_path, {"n.csv": text}).neuro.table.iloc[0][column] == word


@pytest.mark.parametrize("heading", ["capp", "intubatedd2", "WEIGHTS", "Mobile 3", "hydration"])
def test_the_nearest_heading_is_of_its_kind_or_none(heading: str) -> None:
    near = load_items().nearest(heading, "vitals")
    assert near is None or heading[:3].casefold() == near[:3].casefold()

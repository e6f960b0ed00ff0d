"""Sheets as wards keep them: clock times in a column of their own, the year apart, support and findings one per column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from senl_ae.items import load_items
from senl_ae.read.study import read_study
from senl_ae.settings import Settings
from senl_ae.study import Study
from tests.read.studies import at, codes, lines, read, refusals, told, workbook

HEAD = "subject_id,infusion_date,age,date,time,temperature,sbp,oxygen_device,vasopressors"


def timed(folder: Path, heading: str, *clocks: str) -> list[int]:
    text = lines(HEAD.replace("time", heading, 1), *(f"P1,2026-01-01,50,2026-01-02,{c},38.5,{100 + i},," for i, c in enumerate(clocks)))
    study = read(folder, {"v.csv": text})
    assert not {"date-partial", "date-unreadable", "time-unreadable", "conflicting-values"} & codes(study)
    assert not study.vitals["is_day"].any()
    return sorted((study.vitals["time"] - at("2026-01-02 00:00")).tolist())


# ---------------------------------------------------------------- clock times in a column of their own


@pytest.mark.parametrize("heading", ["time", "clock", "hour", "hhmm", "时刻", "时分", "时间"])
@pytest.mark.parametrize(
    ("clocks", "minutes"),
    [
        (["0800", "1430"], [480, 870]),
        (["08:00", "0900"], [480, 540]),
        (["8", "14"], [480, 840]),
        (["830", "1400"], [510, 840]),
        (["0.5", "0.75"], [720, 1080]),
        (["2pm", "11am"], [660, 840]),
        (["下午3:30", "上午9:00"], [540, 930]),
    ],
)
def test_a_column_headed_time_beside_a_date_is_of_clock_times(tmp_path: Path, heading: str, clocks: list[str], minutes: list[int]) -> None:
    assert timed(tmp_path, heading, *clocks) == [60 * m for m in minutes]


def test_digits_under_a_heading_of_date_times_are_clock_times_beside_a_date(tmp_path: Path) -> None:
    assert timed(tmp_path, "测量时间", "0800", "1430") == [28800, 52200]


def test_clock_times_without_colons_stand_beside_a_study_day(tmp_path: Path) -> None:
    text = lines("subject_id,infusion_date,study_day,time,temperature", "1,2026-03-02,2,0830,38", "1,2026-03-02,3,1400,39")
    study = read(tmp_path, {"v.csv": text})
    assert study.vitals["time"].tolist() == [at("2026-03-04 08:30"), at("2026-03-05 14:00")]
    assert study.issues.found == []


def test_a_column_of_date_times_headed_time_stays_one_beside_a_date(tmp_path: Path) -> None:
    text = lines("subject_id,infusion_date,date,time,temperature", "1,2026-03-02,2026-03-04,2026-03-04 08:30,38")
    assert read(tmp_path, {"v.csv": text}).vitals["time"].tolist() == [at("2026-03-04 08:30")]


@pytest.mark.parametrize(("year", "day", "clock"), [("年", "月日", "时分"), ("年份", "月-日", "时:分"), ("year", "MM-DD", "HH:mm")])
def test_year_month_day_and_clock_in_three_columns(tmp_path: Path, year: str, day: str, clock: str) -> None:
    text = lines(f"受试者编号,回输日期,{year},{day},{clock},体温", "1,2026-03-02,2026,03-04,08:30,38.1", "1,2026-03-02,2026,3-5,14:00,38.2")
    study = read(tmp_path, {"v.csv": text})
    assert study.vitals["time"].tolist() == [at("2026-03-04 08:30"), at("2026-03-05 14:00")]
    assert not told(study, "unused-column")


def test_midnight_at_the_end_of_a_date_alone_is_no_reason_for_a_note(tmp_path: Path) -> None:
    study = read(tmp_path, {"v.csv": lines("subject_id,infusion_date,datetime,temperature", "1,2026-01-01,2026-01-02 24:00,38")})
    assert study.vitals["time"].tolist() == [at("2026-01-03 00:00")] and not told(study, "mostly-midnight")


# ---------------------------------------------------------------- measurements without a time


def test_a_sheet_of_measurements_without_a_time_is_never_a_sheet_of_subjects(tmp_path: Path) -> None:
    text = lines(
        "subject_id,infusion_date,age,when,temperature,sbp,oxygen_device,vasopressors",
        "P1,2025-12-30,50,2026-01-02,38.4,120,,",
        "P2,2025-12-30,50,2026-01-03,38.4,120,,",
    )
    (refused,) = refusals(tmp_path, {"v.csv": text})
    assert refused.code == "required-column-missing" and "datetime" in refused.expected and '"when"' in refused.found


@pytest.mark.parametrize("measured", ["temperature", "sbp", "ice_total", "oxygen_device"])
def test_one_measured_column_is_enough(tmp_path: Path, measured: str) -> None:
    text = lines(f"subject_id,infusion_date,age,when,{measured}", "P1,2025-12-30,50,2026-01-02,3")
    assert [i.code for i in refusals(tmp_path, {"v.csv": text})] == ["required-column-missing"]


def test_a_sheet_of_subjects_keeps_a_baseline_measurement_as_text_and_says_so(tmp_path: Path) -> None:
    head = "subject_id,infusion_date,age,sex,dose_level,disease,site,cohort,weight_kg,SBP,LDH,tocilizumab"
    study = read(tmp_path, {"s.csv": lines(head, "P1,2025-12-30,50,M,DL1,ALL,01,A,70,120,300,yes")})
    assert study.subjects["age"].tolist() == [50]
    assert [i.found.split('"')[1] for i in told(study, "measured-without-time")] == ["SBP", "LDH", "tocilizumab"]


# ---------------------------------------------------------------- support and findings that have a column of their own


def row_of(folder: Path, headings: str, cells: str, domain: str = "vitals") -> tuple[dict[str, object], Study]:
    text = lines(f"subject_id,infusion_date,age,datetime,temperature,{headings}", f"P1,2026-01-01,50,2026-01-02 08:00,38.5,{cells}")
    study = read(folder, {"v.csv": text})
    return getattr(study, domain).iloc[0].to_dict(), study


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
        ("cpap", "no", None),
    ],
)
def test_a_device_in_a_column_of_its_own_is_a_device(tmp_path: Path, headings: str, cells: str, device: str | None) -> None:
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
        ("vasopressors,dopamine", "no,5", "dopamine"),
        ("vasopressors,dopamine", "2,5", "2"),
        ("vasopressors,dopamine", "norepinephrine,0", "norepinephrine"),
        ("norepinephrine,epinephrine", "0,no", None),
    ],
)
def test_a_drug_in_a_column_of_its_own_is_given(tmp_path: Path, headings: str, cells: str, agents: str | None) -> None:
    row, study = row_of(tmp_path, headings, cells)
    assert row["vasopressors"] == agents
    assert "vasopressors" in study.sources
    assert not [i for i in study.issues.found if i.severity != "note"]


def test_a_dose_that_cannot_be_read_is_not_none(tmp_path: Path) -> None:
    row, study = row_of(tmp_path, "norepinephrine", "see chart")
    assert row["vasopressors"] is None and study.extra["set_aside"]["vitals"]["vasopressors"].tolist() == [True]


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
def test_a_heading_that_names_a_finding_is_that_finding(tmp_path: Path, headings: str, cells: str, column: str, word: str | None) -> None:
    text = lines(f"subject_id,infusion_date,age,date,ice_total,{headings}", f"P1,2026-01-01,50,2026-01-02,9,{cells}")
    assert read(tmp_path, {"n.csv": text}).neuro.iloc[0][column] == word


@pytest.mark.parametrize("heading", ["capp", "intubatedd2", "WEIGHTS", "Mobile 3", "hydration"])
def test_the_nearest_heading_is_of_its_kind_or_none(heading: str) -> None:
    near = load_items().nearest(heading, "vitals")
    assert near is None or heading[:3].casefold() == near[:3].casefold()


# ---------------------------------------------------------------- words and numbers as wards write them


@pytest.mark.parametrize(
    ("heading", "cell", "column", "word"),
    [
        ("consciousness", "V", "consciousness", "voice"),
        ("consciousness", "A", "consciousness", "awake"),
        ("consciousness", "U", "consciousness", "unarousable"),
        ("consciousness", "P", "avpu", "P"),
        ("consciousness", "P", "consciousness", None),
        ("意识", "嗜睡状态", "consciousness", "voice"),
        ("意识", "神志清", "consciousness", "awake"),
        ("consciousness", "opens eyes to voice", "consciousness", "voice"),
        ("seizure", "GTC 10 min", "seizure_minutes", 10),
        ("seizure", "2 seizures", "seizure", "unspecified"),
        ("seizure", "抽搐2次", "seizure", "unspecified"),
        ("icp_sign", "papilloedema and headache", "icp_sign", "papilloedema"),
        ("icp_sign", "headache", "icp_sign", "other_counted_nothing"),
        ("consciousness", "obtunded", "consciousness", None),
    ],
)
def test_words_of_neurological_checks(tmp_path: Path, heading: str, cell: str, column: str, word: object) -> None:
    text = lines(f"subject_id,infusion_date,age,date,ice_total,{heading}", f"P1,2026-01-01,50,2026-01-02,9,{cell}")
    study = read(tmp_path, {"n.csv": text})
    assert study.neuro.iloc[0][column] == word
    if cell in ("2 seizures", "抽搐2次", "嗜睡状态"):
        assert told(study, "word-to-confirm")
    if cell == "obtunded":
        assert told(study, "unknown-word")


@pytest.mark.parametrize(
    ("headings", "cells", "column", "value"),
    [("bp", "88-50", "sbp", 88), ("bp", "88-50", "dbp", 50), ("sbp", "88·5", "sbp", 88.5), ("sbp", "88。5", "sbp", 88.5)],
)
def test_numbers_as_wards_write_them(tmp_path: Path, headings: str, cells: str, column: str, value: float) -> None:
    assert row_of(tmp_path, headings, cells)[0][column] == value


def test_a_rising_pair_is_no_blood_pressure(tmp_path: Path) -> None:
    assert told(row_of(tmp_path, "bp", "50-88")[1], "out-of-range")


NAME_IT = 'not used. Name the column "sbp ({})"'


@pytest.mark.parametrize(
    ("headings", "cells", "found", "done"),
    [
        ("SBP (kPa)", "120", "sbp 120 kPa is 900.1 mmHg, outside 30-300 mmHg, and looks like mmHg", NAME_IT.format("mmHg")),
        ("SBP (kPa)", "999", "sbp 999 kPa is 7493 mmHg, outside 30-300 mmHg", "not used"),
        ("SBP", "12", "sbp 12 is outside 30-300 mmHg and looks like kPa", NAME_IT.format("kPa")),
    ],
)
def test_a_value_out_of_range_is_told_as_read_and_as_converted(tmp_path: Path, headings: str, cells: str, found: str, done: str) -> None:
    (issue,) = told(row_of(tmp_path, headings, cells)[1], "out-of-range")
    assert (issue.found, issue.expected, issue.done) == (found, "30-300 mmHg", done)


def test_a_celsius_value_in_a_fahrenheit_column_is_recognised(tmp_path: Path) -> None:
    study = read(tmp_path, {"v.csv": lines("subject_id,infusion_date,date,Temp (°F)", "1,2026-01-01,2026-01-02,38.5")})
    (issue,) = told(study, "out-of-range")
    assert issue.found == "temperature 38.5 °F is 3.611 C, outside 30-45 C, and looks like Celsius"


def test_a_range_is_not_one_temperature(tmp_path: Path) -> None:
    study = read(tmp_path, {"v.csv": lines("subject_id,infusion_date,date,temp", "1,2026-01-01,2026-01-02,36-38.5")})
    (issue,) = told(study, "range-not-number")
    assert "either end" in issue.found


def test_a_home_ventilator_is_no_proof_of_new_positive_pressure(tmp_path: Path) -> None:
    row, study = row_of(tmp_path, "吸氧方式", "家用呼吸机")
    assert row["oxygen_device"] == "oxygen" and told(study, "word-to-confirm")


@pytest.mark.parametrize(
    ("cell", "device"),
    [
        ("intubated", "artificial_airway_oxygen"),
        ("气管插管", "artificial_airway_oxygen"),
        ("tracheostomy", "artificial_airway_oxygen"),
        ("intubated and ventilated", "ventilator"),
        ("气管插管接呼吸机", "ventilator"),
        ("SIMV", "ventilator"),
        ("非再吸入面罩", "nonrebreather"),
        ("air", "room_air"),
        ("not on oxygen", "room_air"),
        ("NP 2L", "nasal_cannula"),
        ("oxygen hood", "oxygen"),
    ],
)
def test_words_of_oxygen(tmp_path: Path, cell: str, device: str) -> None:
    assert row_of(tmp_path, "oxygen_device", cell)[0]["oxygen_device"] == device


def test_a_flow_above_a_bound_is_a_range(tmp_path: Path) -> None:
    row, study = row_of(tmp_path, "oxygen_device,oxygen_flow", "NC,>6")
    assert (row["oxygen_flow"], row["oxygen_flow_upper"]) == (6, 80) and not told(study, "comparator")
    row, _ = row_of(tmp_path, "oxygen_device,oxygen_flow", "NC,<=6")
    assert (row["oxygen_flow"], row["oxygen_flow_upper"]) == (0, 6)


def test_two_pressures_in_one_row_count_as_the_lower_one(tmp_path: Path) -> None:
    row, study = row_of(tmp_path, "bp,sbp", "80/50,120")
    assert row["sbp"] == 80 and told(study, "conflicting-values")


@pytest.mark.parametrize(("headings", "cells"), [("vasopressors,norepinephrine", "no,0.1"), ("vasopressors,norepinephrine", "NE,0")])
def test_a_drug_column_at_odds_with_the_list_is_noted(tmp_path: Path, headings: str, cells: str) -> None:
    row, study = row_of(tmp_path, headings, cells)
    assert row["vasopressors"] == "norepinephrine" and len(told(study, "conflicting-values")) == 1


def test_the_side_of_a_finding_says_that_it_is_there(tmp_path: Path) -> None:
    text = lines("subject_id,infusion_date,date,ice_total,偏瘫", "1,2026-01-01,2026-01-02,10,左侧")
    assert read(tmp_path, {"n.csv": text}).neuro["motor"][0] == "deep_focal"
    assert row_of(tmp_path, "norepinephrine", "stopped")[0]["vasopressors"] is None


@pytest.mark.parametrize(("cell", "answer"), [("√", 1), ("×", 0), ("阳性", 1), ("阴性", 0)])
def test_marks_of_a_form_are_yes_and_no(tmp_path: Path, cell: str, answer: float) -> None:
    assert row_of(tmp_path, "hypotension", cell)[0]["hypotension"] == answer


def test_half_a_point_is_no_score(tmp_path: Path) -> None:
    study = read(tmp_path, {"n.csv": lines("subject_id,infusion_date,date,ice_total", "1,2026-01-01,2026-01-02,9.5")})
    assert told(study, "not-whole") and study.neuro["ice_total"].isna().all()


# ---------------------------------------------------------------- what the settings say, and what cannot be read


def test_time_zones_are_dropped_with_one_note(tmp_path: Path) -> None:
    rows = [f"1,2026-01-01,2026-01-02T23:30:00{zone},{t}" for zone, t in (("+08:00", 38.1), ("Z", 38.2), ("+08:00", 38.3))]
    study = read(tmp_path, {"v.csv": lines("subject_id,infusion_date,datetime,temperature", *rows)})
    assert len(told(study, "time-zone-dropped")) == 1 and len(study.vitals) == 3
    assert set(study.vitals["time"]) == {at("2026-01-02 23:30")}
    same = [row.replace("38.3", "38.1").replace("38.2", "38.1") for row in rows]
    study = read(tmp_path, {"v.csv": lines("subject_id,infusion_date,datetime,temperature", *same)})
    assert len(study.vitals) == 2 and len(told(study, "duplicate-row")) == 1


def test_settings_alone_can_say_what_every_heading_is(tmp_path: Path) -> None:
    columns = {"pat": "subject_id", "when": "date", "fever": "temperature", "day zero": "infusion_datetime"}
    study = read(tmp_path, {"v.csv": lines("pat,day zero,when,fever", "P1,2026-01-01,2026-01-02,38.5")}, columns=columns)
    assert study.vitals["temperature"].tolist() == [38.5]


def test_a_setting_for_a_heading_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = lines("subject_id,infusion_date,date,temperature", "P1,2026-01-01,2026-01-02,38.5")
    assert told(read(tmp_path, {"v.csv": text}, columns={"TempX": "temperature"}), "setting-without-column")


def test_two_columns_of_one_heading_must_be_renamed(tmp_path: Path) -> None:
    text = lines("subject_id,infusion_date,date,temperature,temperature", "P1,2026-01-01,2026-01-02,38.5,37")
    (refused,) = refusals(tmp_path, {"v.csv": text})
    assert "rename" in refused.done and "ignore" not in refused.done


def test_an_infusion_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    text = lines("subject_id,infusion_date,date,temperature", "P1,2026-13-01,2026-01-02,38.5", "P2,2026-01-01,2026-01-02,38.5")
    assert "infusion-unreadable" in [i.code for i in refusals(tmp_path, {"v.csv": text})]
    text = lines("subject_id,infusion_date,age", "P1,withdrawn,50", "P2,NA,50", "P3,2026-01-01,50")
    assert len(told(read(tmp_path, {"s.csv": text}), "not-infused")) == 2


def test_a_flow_on_room_air_is_told(tmp_path: Path) -> None:
    assert told(row_of(tmp_path, "oxygen_device,oxygen_flow", "room air,3")[1], "device-and-flow-disagree")


@pytest.mark.parametrize("heading", ["Phone No.", "Mobile number", "cell", "contact"])
def test_headings_of_telephone_numbers_are_refused(tmp_path: Path, heading: str) -> None:
    text = lines(f"subject_id,infusion_date,age,{heading}", "P1,2026-01-01,50,13800000000")
    assert "personal-data" in [i.code for i in refusals(tmp_path, {"s.csv": text})]


@pytest.mark.parametrize("secret", ["Zhang San 110101199001011234", "call 13800138000", "13912345678"])
def test_identity_and_telephone_numbers_in_remarks_reach_nothing(tmp_path: Path, secret: str) -> None:
    text = lines("subject_id,infusion_date,age,Remarks", f"P1,2026-01-01,50,{secret}")
    (refused,) = refusals(tmp_path, {"s.csv": text})
    assert refused.code == "personal-data" and secret not in refused.sentence()
    study = read(tmp_path, {"s.csv": text}, allow_pii=True)
    assert "Remarks" not in study.subjects and told(study, "personal-data-dropped")
    assert "Remarks" in read(tmp_path, {"s.csv": text.replace(secret, "relapsed twice")}).subjects


@pytest.mark.parametrize("age", ["5y6m", "5岁6月", "5 years 6 months"])
def test_an_age_in_years_and_months(tmp_path: Path, age: str) -> None:
    assert read(tmp_path, {"s.csv": lines("subject_id,infusion_date,age", f"P1,2026-01-01,{age}")}).subjects["age"].tolist() == [5.5]


def test_a_hidden_sheet_is_read_and_told(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book.create_sheet("Notes")
        book["v"].sheet_state = "hidden"

    rows = [["subject_id", "infusion_date", "date", "temperature"], ["P1", "2026-01-01", "2026-01-02", 38.5]]
    study = read_study([workbook(tmp_path / "v.xlsx", {"v": rows}, hide)], Settings())
    assert len(study.vitals) == 1 and told(study, "hidden-sheet")

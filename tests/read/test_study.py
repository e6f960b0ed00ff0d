"""Files become a study: every value typed, every row under its subject and its time, everything else in the issues."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from senl_ae.issues import Refused
from senl_ae.read.study import coverage, describe_columns, read_study
from senl_ae.settings import Settings
from senl_ae.study import FRAMES, NO_TIME
from tests.read.studies import VITALS, at, codes, lines, read, refusals, same_facts, told, workbook

DAY = 86400


def test_a_lone_vitals_sheet_is_a_study(tmp_path: Path) -> None:
    study = read(tmp_path, {"vitals.csv": VITALS})
    assert study.subjects["subject_id"].tolist() == ["001", "002"]
    assert study.subjects["dose_level"].tolist() == ["DL1", "DL2"]
    assert study.subjects["infusion"].tolist() == [at("2026-03-02 10:00"), at("2026-03-16 10:00")]
    assert study.vitals["time"].tolist() == [
        at("2026-03-02 14:00"),
        at("2026-03-05 08:00"),
        at("2026-03-18 20:00"),
    ]
    assert study.vitals["temperature"].tolist() == [36.8, 38.6, 38.9]
    assert study.vitals["oxygen_device"].tolist() == ["room_air", "nasal_cannula", None]
    assert study.vitals["vasopressors"].tolist() == [None, None, "norepinephrine"]
    assert not study.vitals["is_day"].any()
    assert study.vitals["row"].tolist() == [2, 3, 4]
    assert study.sheets[0].columns["temperature"] == "F"
    assert {"temperature", "sbp", "oxygen_device", "vasopressors"} <= study.sources
    assert study.issues.found == []


def test_every_frame_has_every_column_of_the_contract(tmp_path: Path) -> None:
    study = read(tmp_path, {"vitals.csv": VITALS})
    for name, declared in FRAMES.items():
        frame = study.frame(name)
        assert type(frame) is declared and frame.names[: len(declared.kinds)] == tuple(declared.kinds)
        assert frame["sheet"].dtype == np.int64
        for column in declared.kinds:
            if column in ("time", "start", "end", "infusion", "death"):
                assert frame[column].dtype == np.int64, column
            if column.startswith("is_") or column.endswith("_is_date"):
                assert frame[column].dtype == bool, column
    assert study.vitals["oxygen_device"].dtype == object
    assert study.subjects["death_cause"].tolist() == [None, None]


def test_order_of_rows_sheets_and_files_changes_nothing(tmp_path: Path) -> None:
    whole = read(tmp_path, {"vitals.csv": VITALS})
    head, *rows = VITALS.splitlines()
    turned = read(tmp_path, {"vitals.csv": "\n".join([head, *reversed(rows)])})
    split = read(tmp_path, {"z.csv": "\n".join([head, *rows[:1]]), "a.csv": "\n".join([head, *rows[1:]])})
    same_facts(whole, turned)
    same_facts(whole, split)


def test_a_midnight_row_split_into_a_file_of_its_own_keeps_its_time(tmp_path: Path) -> None:
    head = "subject_id,infusion_date,datetime,temperature\n"
    one, two = "1,2026-03-02,2026-03-04 08:00,38\n", "1,2026-03-02,2026-03-05 00:00,39\n"
    same_facts(
        read(tmp_path, {"all.csv": head + one + two}),
        read(tmp_path, {"a.csv": head + one, "b.csv": head + two}),
    )


# ---------------------------------------------------------------- times


def test_a_column_without_clock_times_is_of_days(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "subject_id,infusion_date,datetime,temperature",
                "1,2026-03-02,2026-03-04,38",
                "1,2026-03-02,2026-03-05 00:00,39",
            )
        },
    )
    assert study.vitals["is_day"].tolist() == [True, True]
    assert study.subjects["infusion_is_date"].tolist() == [True]


def test_midnight_is_a_time_among_times_and_a_bare_date_a_day(tmp_path: Path) -> None:
    text = lines(
        "subject_id,infusion_date,datetime,temperature",
        "1,2026-03-02,2026-03-04,38",
        "1,2026-03-02,2026-03-05 00:00,39",
        "1,2026-03-02,2026-03-05 08:00,39",
    )
    study = read(tmp_path, {"v.csv": text})
    assert study.vitals["is_day"].tolist() == [True, False, False]
    assert [i.row for i in told(study, "date-among-times")] == [2]


def test_a_midnight_cell_of_a_workbook_is_a_time_among_times(tmp_path: Path) -> None:
    head = ["subject_id", "infusion_date", "datetime", "temperature"]
    day0 = dt.datetime(2026, 3, 2)
    rows = [[1, day0, dt.datetime(2026, 3, 4), 38], [1, day0, dt.datetime(2026, 3, 5, 8), 39]]
    study = read_study([workbook(tmp_path / "v.xlsx", {"v": [head, *rows]})], Settings())
    assert study.vitals["is_day"].tolist() == [False, False]
    assert study.subjects["subject_id"].tolist() == ["1"]


def test_a_date_and_a_clock_time(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "subject_id,infusion_date,date,time,temperature",
                "1,2026-03-02,2026-03-04,08:30,38",
                "1,2026-03-02,2026-03-05,,39",
            )
        },
    )
    assert study.vitals["time"].tolist() == [at("2026-03-04 08:30"), at("2026-03-05 00:00")]
    assert study.vitals["is_day"].tolist() == [False, True]


def test_an_unreadable_clock_time_leaves_the_date(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "subject_id,infusion_date,date,time,temperature",
                "1,2026-03-02,2026-03-04,27:80,38",
                "1,2026-03-02,2026-03-05,09:00,39",
            )
        },
    )
    assert study.vitals["is_day"].tolist() == [True, False]
    assert any(i.row == 2 and i.severity == "set aside" for i in study.issues.found)


def test_nursing_sheets_keep_year_month_day_and_clock_apart(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "住院号,回输日期,年,日期,时间,体温",
                "007,2026-03-02,2026,03-04,08:30,38.2",
                "007,2026-03-02,2026,03-05,09:30,38.4",
            )
        },
    )
    assert study.vitals["time"].tolist() == [at("2026-03-04 08:30"), at("2026-03-05 09:30")]
    assert study.subjects["subject_id"].tolist() == ["007"]
    assert "hospital-number" in codes(study)


def test_study_days_count_from_the_infusion(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "subject_id,infusion_datetime,study_day,temperature",
                "1,2026-03-02 10:00,0,37",
                "1,2026-03-02 10:00,3,38",
                "1,2026-03-02 10:00,-1,36",
            )
        },
    )
    assert study.vitals["time"].tolist() == [
        at("2026-03-01 00:00"),
        at("2026-03-02 00:00"),
        at("2026-03-05 00:00"),
    ]
    assert study.vitals["is_day"].all()


def test_study_day_with_a_clock_time_is_timed(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "subject_id,infusion_datetime,study_day,time,temperature", "1,2026-03-02 10:00,3,08:00,37"
            )
        },
    )
    assert study.vitals["time"].tolist() == [at("2026-03-05 08:00")]
    assert not study.vitals["is_day"].any()


def test_cdisc_days_have_no_day_0(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "USUBJID,infusion_datetime,VSDY,temperature",
                "1,2026-03-02 10:00,1,37",
                "1,2026-03-02 10:00,-1,38",
                "1,2026-03-02 10:00,0,36",
            )
        },
    )
    assert study.vitals["time"].tolist() == [at("2026-03-01 00:00"), at("2026-03-02 00:00")]
    assert [i.row for i in study.issues.found if i.severity == "set aside"] == [4]


def test_a_study_day_that_disagrees_with_its_date_is_named(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "subject_id,infusion_datetime,datetime,study_day,temperature",
                "1,2026-03-02 10:00,2026-03-05 08:00,4,37",
            )
        },
    )
    assert "study-day-disagrees" in codes(study)
    assert study.vitals["time"].tolist() == [at("2026-03-05 08:00")]


def test_an_ambiguous_day_month_order_is_refused_and_can_be_stated(tmp_path: Path) -> None:
    text = lines(
        "subject_id,infusion_date,date,temperature",
        "1,2026-03-02,03/04/2026,38",
        "1,2026-03-02,05/04/2026,38",
    )
    refused = refusals(tmp_path, {"v.csv": text})
    assert len(refused) == 1 and "date_order" in refused[0].done and refused[0].column == "C"
    for stated in ({"date": "dmy"}, {"*": "dmy"}, {"v.csv:date": "dmy"}):
        study = read(tmp_path, {"v.csv": text}, date_order=stated)
        assert study.vitals["time"].tolist() == [at("2026-04-03 00:00"), at("2026-04-05 00:00")]


def test_rows_without_a_time_are_set_aside(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "subject_id,infusion_date,datetime,temperature",
                "1,2026-03-02,,38",
                "1,2026-03-02,2026-03-05 08:00,39",
            )
        },
    )
    assert len(study.vitals) == 1
    assert [i.row for i in told(study, "row-without-time")] == [2]
    assert study.counts["vitals_rows_read"] == 2 and study.counts["vitals_rows_without_time"] == 1


# ---------------------------------------------------------------- subjects


def test_a_subject_column_that_varies_is_refused_with_the_subjects(tmp_path: Path) -> None:
    refused = refusals(tmp_path, {"v.csv": VITALS.replace("DL1,44,2026-03-05", "DL2,44,2026-03-05")})
    assert [i.code for i in refused] == ["subject-column-varies"]
    assert "001" in refused[0].found and "DL1" in refused[0].found and "DL2" in refused[0].found


def test_body_weight_that_changes_is_no_contradiction(tmp_path: Path) -> None:
    text = lines(
        "subject_id,infusion_date,weight_kg,datetime,temperature",
        "1,2026-03-02,60,2026-03-05 08:00,39",
        "1,2026-03-02,61,2026-03-06 08:00,39",
    )
    study = read(tmp_path, {"v.csv": text})
    assert "weight-varies" in codes(study) and np.isnan(study.subjects["weight_kg"]).all()


def test_sheets_that_contradict_each_other_about_a_subject_are_refused(tmp_path: Path) -> None:
    subjects = lines(
        "subject_id,infusion_datetime,dose_level", "001,2026-03-02 10:00,DL3", "002,2026-03-16 10:00,DL2"
    )
    refused = refusals(tmp_path, {"v.csv": VITALS, "subjects.csv": subjects})
    assert [i.code for i in refused] == ["conflicting-subject"]


def test_a_date_and_a_time_of_one_infusion_agree(tmp_path: Path) -> None:
    subjects = lines("subject_id,infusion_date", "001,2026-03-02", "002,2026-03-16")
    study = read(tmp_path, {"v.csv": VITALS, "subjects.csv": subjects})
    assert study.subjects["infusion"].tolist() == [at("2026-03-02 10:00"), at("2026-03-16 10:00")]
    assert not study.subjects["infusion_is_date"].any()


def test_of_several_infusions_the_first_counts(tmp_path: Path) -> None:
    subjects = lines(
        "subject_id,infusion_datetime,dose_level", "1,2026-03-03 10:00,DL1", "1,2026-03-02 10:00,DL1"
    )
    study = read(
        tmp_path,
        {"s.csv": subjects, "v.csv": lines("subject_id,datetime,temperature", "1,2026-03-05 08:00,39")},
    )
    assert study.subjects["infusion"].tolist() == [at("2026-03-02 10:00")]
    assert [i.subject_id for i in told(study, "several-infusions")] == ["1"]


def test_a_subject_without_an_infusion_is_listed(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "s.csv": lines("subject_id,infusion_datetime", "1,2026-03-02 10:00", "2,"),
            "v.csv": lines(
                "subject_id,datetime,temperature", "1,2026-03-05 08:00,39", "3,2026-03-05 08:00,39"
            ),
        },
    )
    assert study.subjects["infusion"].tolist() == [at("2026-03-02 10:00"), NO_TIME, NO_TIME]
    assert [i.subject_id for i in told(study, "not-infused")] == ["2"]
    assert [i.subject_id for i in told(study, "subject-not-listed")] == ["3"]


def test_a_study_without_any_infusion_column_is_refused(tmp_path: Path) -> None:
    refused = refusals(tmp_path, {"v.csv": lines("subject_id,datetime,temperature", "1,2026-03-05 08:00,39")})
    assert [i.code for i in refused] == ["no-infusion-column"]


def test_ids_stay_text_and_are_never_merged(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "s.csv": lines(
                "subject_id,infusion_date",
                "001,2026-03-02",
                "1,2026-03-02",
                "A-1,2026-03-02",
                "a1,2026-03-02",
            ),
            "v.csv": "subject_id,date,temperature\n001,2026-03-05,39\n",
        },
    )
    assert study.subjects["subject_id"].tolist() == ["001", "1", "A-1", "a1"]
    assert len(told(study, "similar-subject-ids")) == 2


def test_further_columns_of_subjects_are_kept_as_text(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "s.csv": lines("subject_id,infusion_date,Favourite arm", "1,2026-03-02,B"),
            "v.csv": "subject_id,date,temperature\n1,2026-03-05,39\n",
        },
    )
    assert study.subjects["Favourite arm"].tolist() == ["B"]


def test_rows_without_a_subject_are_set_aside_and_blank_rows_are_not(tmp_path: Path) -> None:
    study = read(tmp_path, {"v.csv": VITALS + ",,,,,,,,,\n,,,,2026-03-06 08:00,38.1,,,,\n"})
    assert [i.row for i in told(study, "row-without-subject")] == [6]
    assert study.counts["vitals_rows_read"] == 4


# ---------------------------------------------------------------- values


def test_composite_cells_are_taken_apart(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "受试者编号,回输日期,日期,体温(℉),血压,吸氧方式",
                "1,2026-03-02,2026-03-05,101.3,120/80,鼻导管3L/min",
                "1,2026-03-02,2026-03-06,101.3,90／60,鼻导管给氧2-3L/min",
            )
        },
    )
    assert study.vitals["temperature"].round(6).tolist() == [38.5, 38.5]
    assert study.vitals["sbp"].tolist() == [120, 90] and study.vitals["dbp"].tolist() == [80, 60]
    assert study.vitals["oxygen_device"].tolist() == ["nasal_cannula", "nasal_cannula"]
    assert study.vitals["oxygen_flow"].tolist() == [3, 2]
    assert study.vitals["oxygen_flow_upper"].tolist()[1] == 3


def test_kilopascal_in_the_heading(tmp_path: Path) -> None:
    study = read(
        tmp_path, {"v.csv": lines("受试者编号,回输日期,日期,收缩压(kPa)", "1,2026-03-02,2026-03-05,16")}
    )
    assert study.vitals["sbp"].round(1).tolist() == [120.0]


def test_an_unknown_unit_in_a_heading_is_refused(tmp_path: Path) -> None:
    refused = refusals(tmp_path, {"v.csv": VITALS.replace(",temperature,", ",Temp (K),")})
    assert [i.code for i in refused] == ["unknown-unit"] and "F" in refused[0].expected


def test_a_cell_that_cannot_be_read_is_no_blank(tmp_path: Path) -> None:
    study = read(tmp_path, {"v.csv": VITALS.replace("nasal cannula", "wall thing")})
    assert study.vitals["oxygen_device"].tolist() == ["room_air", None, None]
    assert study.vitals.set_aside["oxygen_device"].tolist() == [False, True, False]
    assert [(i.row, i.column, i.subject_id) for i in study.issues.found if i.severity == "set aside"] == [
        (3, "H", "001")
    ]


def test_ice_and_sedation_words(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": VITALS,
            "n.csv": lines(
                "subject_id,date,ice_total,consciousness,seizure",
                "001,2026-03-05,unable,镇静,no",
                "001,2026-03-06,7,awake,focal seizure 1 min",
            ),
        },
    )
    assert study.neuro["ice_unable"].tolist()[0] == 1 and np.isnan(study.neuro["ice_total"].tolist()[0])
    assert study.neuro["sedated"].tolist()[0] == 1 and np.isnan(study.neuro["sedated"].tolist()[1])
    assert study.neuro["seizure_minutes"].tolist()[1] == 1


def test_one_sheet_may_hold_vitals_neuro_and_labs(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "subject_id,infusion_date,datetime,temperature,sbp,ICE score,CRP (mg/L)",
                "1,2026-03-02,2026-03-05 08:00,39,110,8,12",
                "1,2026-03-02,2026-03-05 20:00,38,111,,",
            )
        },
    )
    assert len(study.vitals) == 2 and len(study.neuro) == 1 and len(study.labs) == 1
    assert study.neuro["ice_total"].tolist() == [8] and study.labs["test"].tolist() == ["crp"]
    assert [s.domain for s in study.sheets] == ["vitals", "neuro", "labs"]


def test_duplicate_rows_count_once_and_contradictions_stay(tmp_path: Path) -> None:
    rows = VITALS.splitlines()
    study = read(tmp_path, {"v.csv": "\n".join([*rows, rows[1], rows[2].replace("38.6", "37.2")])})
    assert len(study.vitals) == 4
    assert [(i.row, "row 2" in i.found) for i in told(study, "duplicate-row")] == [(5, True)]
    conflict = told(study, "conflicting-values")
    assert len(conflict) == 1 and "38.6" in conflict[0].found and "37.2" in conflict[0].found


def test_two_columns_of_one_item_are_refused_where_they_differ(tmp_path: Path) -> None:
    text = lines("subject_id,infusion_date,datetime,temperature,Temp", "1,2026-03-02,2026-03-05 08:00,39,{}")
    refused = refusals(tmp_path, {"v.csv": text.format("38")})
    assert [i.code for i in refused] == ["two-columns-one-item"] and "ignore" in refused[0].done
    assert "two-columns-one-item" in codes(read(tmp_path, {"v.csv": text.format("39")}))
    assert read(tmp_path, {"v.csv": text.format("38")}, columns={"Temp": "ignore"}).vitals[
        "temperature"
    ].tolist() == [39]


def test_a_conversion_column_as_charted_is_not_misread(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "v.csv": lines(
                "subject_id,infusion_date,datetime,temperature_c_as_charted,temperature",
                "1,2026-03-02,2026-03-05 08:00,98.6,",
                "1,2026-03-02,2026-03-05 09:00,,38",
            )
        },
    )
    assert np.isnan(study.vitals["temperature"].tolist()[0])
    assert (
        "1 values" in told(study, "heading-not-whole")[0].found
        and "temperature" in told(study, "heading-not-whole")[0].expected
    )


# ---------------------------------------------------------------- interventions


HEAD = "subject_id,category,agent,start,end\n"


def given(folder: Path, rows: str, head: str = HEAD):  # type: ignore[no-untyped-def]
    return read(folder, {"v.csv": VITALS, "i.csv": head + rows})


def test_the_agent_says_the_category(tmp_path: Path) -> None:
    study = given(
        tmp_path,
        lines("001,,去甲肾上腺素,2026-03-05 08:00,2026-03-05 10:00", "001,,tocilizumab,2026-03-05 08:00,"),
    )
    assert study.interventions["category"].tolist() == ["vasopressor", "tocilizumab"]
    assert study.interventions["agent"].tolist() == ["norepinephrine", "tocilizumab"]
    assert "interventions:vasopressor" in study.sources


def test_an_unknown_vasopressor_is_one_without_a_name(tmp_path: Path) -> None:
    study = given(tmp_path, "001,vasopressor,norepinefrin,2026-03-05 08:00,2026-03-05 10:00\n")
    assert study.interventions["category"].tolist() == ["vasopressor"]
    assert study.interventions["agent"].tolist() == [None]
    issue = next(i for i in study.issues.found if i.severity == "set aside")
    assert "norepinefrin" in issue.found and "without a name" in issue.done


def test_an_unknown_agent_without_a_category_is_set_aside(tmp_path: Path) -> None:
    study = given(tmp_path, "001,,norepinefrin,2026-03-05 08:00,2026-03-05 10:00\n")
    assert len(study.interventions) == 0
    assert [i.done for i in study.issues.found if i.severity == "set aside"] == ["the row is not used"]


def test_oxygen_without_a_device_is_oxygen(tmp_path: Path) -> None:
    assert given(tmp_path, "001,oxygen,,2026-03-05 08:00,2026-03-05 10:00\n").interventions[
        "agent"
    ].tolist() == ["oxygen"]


def test_an_end_before_its_start_and_a_missing_start_are_set_aside(tmp_path: Path) -> None:
    study = given(
        tmp_path,
        lines(
            "001,vasopressor,dopamine,2026-03-05 08:00,2026-03-05 07:00",
            "001,vasopressor,dopamine,,2026-03-05 10:00",
            "001,vasopressor,dopamine,2026-03-05 08:00,2026-03-05 08:00",
        ),
    )
    assert len(study.interventions) == 1
    assert {"end-before-start", "no-start"} <= codes(study)


def test_dates_of_intervals_are_dates_by_column(tmp_path: Path) -> None:
    study = given(
        tmp_path,
        lines(
            "001,vasopressor,dopamine,2026-03-05 08:00,2026-03-05",
            "001,vasopressor,dopamine,2026-03-06 08:00,2026-03-07",
        ),
    )
    assert study.interventions["start_is_date"].tolist() == [False, False]
    assert study.interventions["end_is_date"].tolist() == [True, True]


def test_still_going_on(tmp_path: Path) -> None:
    study = given(tmp_path, "001,vasopressor,dopamine,2026-03-05 08:00,ongoing\n")
    assert study.interventions["ongoing"].tolist() == [1] and study.interventions["end"].tolist() == [NO_TIME]
    assert study.issues.found == []


def test_two_drugs_in_one_cell_are_two_administrations(tmp_path: Path) -> None:
    study = given(
        tmp_path, "001,vasopressor,norepinephrine + vasopressin,2026-03-05 08:00,2026-03-05 10:00\n"
    )
    assert study.interventions["agent"].tolist() == ["norepinephrine", "vasopressin"]


def test_a_ruling_with_dates_that_cannot_be_read_rules_on_nothing(tmp_path: Path) -> None:
    ruling = lines(
        "subject_id,syndrome,action,start,end,reason,by,on",
        "001,CRS,exclude,soon,2026-03-06,infection,board,2026-04-01",
        "001,CRS,exclude,2026-03-05,2026-03-06,infection,board,2026-04-01",
    )
    study = read(tmp_path, {"v.csv": VITALS, "a.csv": ruling})
    assert study.adjudications["row"].tolist() == [3] and study.adjudications["on"].tolist() == ["2026-04-01"]


# ---------------------------------------------------------------- long and wide


def test_sdtm_vital_signs_are_the_wide_ones(tmp_path: Path) -> None:
    wide = lines(
        "subject_id,infusion_datetime,datetime,temperature,sbp", "1,2026-03-02 10:00,2026-03-05T08:00,39,110"
    )
    dm = "USUBJID,infusion_datetime\n1,2026-03-02T10:00\n"
    vs = lines(
        "USUBJID,VSTESTCD,VSTEST,VSORRES,VSORRESU,VSDTC,VSDY",
        "1,TEMP,Temperature,102.2,F,2026-03-05T08:00,4",
        "1,SYSBP,Systolic,110,mmHg,2026-03-05T08:00,4",
    )
    one, two = read(tmp_path, {"v.csv": wide}), read(tmp_path, {"dm.csv": dm, "vs.csv": vs})
    assert two.vitals["time"].tolist() == one.vitals["time"].tolist() * 2
    assert np.nanmax(two.vitals["temperature"]) == pytest.approx(39) and np.nanmax(two.vitals["sbp"]) == 110
    assert len(two.vitals) == 2 and {"temperature", "sbp"} <= two.sources


def test_sodium_is_called_na_and_is_never_missing(tmp_path: Path) -> None:
    labs = lines(
        "USUBJID,LBTESTCD,LBORRES,LBORRESU,LBDTC,LBORNRLO,LBORNRHI",
        "1,NA,138,mmol/L,2026-03-05T08:00,135,145",
        "1,PCT,0.3,ng/mL,2026-03-05T08:00,,0.5",
        "1,PCT,0.2,%,2026-03-05T08:00,,",
        "1,XYZ,1,,2026-03-05T08:00,,",
    )
    study = read(
        tmp_path,
        {
            "lb.csv": labs,
            "v.csv": lines("subject_id,infusion_date,date,temperature", "1,2026-03-02,2026-03-05,NA"),
        },
    )
    assert study.labs["test"].tolist() == ["sodium", "procalcitonin", "plateletcrit"]
    assert study.labs["uln"].tolist()[:2] == [145, 0.5]
    assert "XYZ" in told(study, "unknown-test")[0].found
    assert np.isnan(study.vitals["temperature"]).all()


def test_a_laboratory_sheet_with_one_column_per_test(tmp_path: Path) -> None:
    text = lines(
        "受试者编号,采样时间,报告时间,血红蛋白(g/L),★血小板(10^9/L),钠(mmol/L)",
        "1,2026-03-05 08:00,2026-03-06 08:00,102,35,138",
        "1,2026-03-06 08:00,2026-03-07 08:00,,30,",
    )
    study = read(
        tmp_path,
        {
            "v.csv": lines("subject_id,infusion_date,date,temperature", "1,2026-03-02,2026-03-05,38"),
            "l.csv": text,
        },
    )
    assert sorted(zip(study.labs["test"], study.labs["value"], strict=True)) == [
        ("hemoglobin", 102),
        ("platelets", 30),
        ("platelets", 35),
        ("sodium", 138),
    ]
    assert study.labs["time"].min() == at("2026-03-05 08:00")
    assert any("报告时间" in i.found for i in told(study, "unused-column"))


# ---------------------------------------------------------------- workbooks


def test_merged_error_formula_and_hidden_cells(tmp_path: Path) -> None:
    head = ["subject_id", "infusion_date", "datetime", "temperature", "sbp"]
    day0 = dt.datetime(2026, 3, 2)
    rows = [["001", day0, dt.datetime(2026, 3, 5, 8 + i), 38 + i / 10, 110] for i in range(4)]

    def change(book):  # type: ignore[no-untyped-def]
        sheet = book["v"]
        sheet.merge_cells("A2:A3")
        sheet["D4"] = "#N/A"
        sheet["D4"].data_type = "e"
        sheet["E5"] = "=1+1"
        sheet.row_dimensions[3].hidden = True

    study = read_study([workbook(tmp_path / "v.xlsx", {"v": [head, *rows]}, change)], Settings())
    assert len(study.vitals) == 4 and set(study.vitals["subject"]) == {0}
    assert [(i.row, i.column) for i in told(study, "error-cell")] == [(4, "D")]
    assert [(i.row, i.column) for i in told(study, "formula-without-value")] == [(5, "E")]
    assert len(told(study, "hidden-rows")) == 1


def test_all_problems_are_found_in_one_run(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        read(
            tmp_path,
            {
                "v.csv": VITALS.replace(",age,", ",Patient name,").replace(
                    "DL1,44,2026-03-05", "DL2,44,2026-03-05"
                ),
                "broken.xlsx": b"not a workbook",
            },
        )
    found = {i.code for i in caught.value.issues.found if i.severity == "refuse"}
    assert {"personal-data", "subject-column-varies"} <= found and len(found) >= 3


# ---------------------------------------------------------------- pictures


def test_coverage_shows_a_missing_week(tmp_path: Path) -> None:
    study = read(tmp_path, {"v.csv": VITALS, "n.csv": "subject_id,date,ice_total\n001,2026-03-02,10\n"})
    seen = coverage(study, last_day=5)
    assert seen["vitals"].tolist() == ["#..#..", "..#..."]
    assert seen["neuro"].tolist() == ["#.....", "......"] and seen["gap"].tolist() == [2, 3]


def test_columns_are_described(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(VITALS.replace(",sbp,", ",sistolic,"))
    table = describe_columns([tmp_path / "v.csv"], Settings())
    row = table[table["heading"] == "temperature"].iloc[0]
    assert (row["domain"], row["item"], row["column"], row["why"]) == ("vitals", "temperature", "F", "name")
    assert table[table["heading"] == "sistolic"].iloc[0]["nearest"].startswith("systolic")


def test_a_big_sheet_is_read_without_looking_at_each_row(tmp_path: Path) -> None:
    rows = "\n".join(
        f"S{i // 50:04},2026-03-02 10:00,DL1,30,2026-03-{5 + i % 50 // 24:02} {i % 24:02}:00,37.{i % 9},120,,,"
        for i in range(5000)
    )
    study = read(tmp_path, {"v.csv": VITALS.splitlines()[0] + "\n" + rows + "\n"})
    assert len(study.vitals) == 5000 - study.counts.get("vitals_rows_duplicate", 0)


def test_a_column_of_date_times_headed_time(tmp_path: Path) -> None:
    study = read(tmp_path, {"v.csv": "受试者编号,回输日期,时间,体温\n1,2026-03-02,2026-03-04 08:30,38.2\n"})
    assert study.vitals["time"].tolist() == [at("2026-03-04 08:30")]


def test_clock_times_without_a_date_are_refused(tmp_path: Path) -> None:
    refused = refusals(
        tmp_path, {"v.csv": "subject_id,infusion_date,datetime,temperature\n1,2026-03-02,08:30,38.2\n"}
    )
    assert [i.code for i in refused] == ["no-dates"]


def test_a_remark_below_the_table_is_no_subject(tmp_path: Path) -> None:
    study = read(tmp_path, {"v.csv": VITALS + "Temperatures are axillary,,,,,,,,,\n"})
    assert study.subjects["subject_id"].tolist() == ["001", "002"] and "row-without-values" in codes(study)


def test_two_time_columns_that_differ_are_refused(tmp_path: Path) -> None:
    text = lines(
        "受试者编号,回输日期,记录时间,测量时间,体温", "1,2026-03-02,2026-03-04 08:30,2026-03-04 {},38.2"
    )
    assert [i.code for i in refusals(tmp_path, {"v.csv": text.format("08:00")})] == ["two-columns-one-item"]
    assert refusals(tmp_path, {"v.csv": text.format("08:30")}) == []
    assert refusals(tmp_path, {"v.csv": text.format("08:00")}, columns={"记录时间": "ignore"}) == []


def test_the_result_as_reported_is_read_and_the_standard_one_named(tmp_path: Path) -> None:
    labs = lines(
        "USUBJID,LBTESTCD,LBORRES,LBORRESU,LBSTRESN,LBSTRESU,LBDTC",
        "1,HGB,10.2,g/dL,102,g/L,2026-03-05T08:00",
    )
    study = read(
        tmp_path, {"lb.csv": labs, "s.csv": "subject_id,infusion_date\n1,2026-03-02\n1,2026-03-02\n"}
    )
    assert len(study.labs) == 1 and study.labs["value"].tolist()[0] in (10.2, 102)
    assert {"LBSTRESN", "LBSTRESU"} <= {i.found.split('"')[1] for i in told(study, "unused-column")}
    assert [i.row for i in told(study, "duplicate-row")] == [3]


def test_a_further_column_with_several_values_is_not_kept(tmp_path: Path) -> None:
    subjects = lines("subject_id,infusion_datetime,Bag", "1,2026-03-02 10:00,A", "1,2026-03-03 10:00,B")
    study = read(tmp_path, {"s.csv": subjects, "v.csv": "subject_id,date,temperature\n1,2026-03-05,39\n"})
    assert "Bag" not in study.subjects and "several-values" in codes(study)


def test_one_clock_time_among_dates_of_a_workbook_is_pointed_out(tmp_path: Path) -> None:
    head = ["subject_id", "infusion_date", "date", "temperature"]
    rows: list[list[object]] = [
        ["1", dt.datetime(2026, 3, 2), dt.datetime(2026, 3, 3 + i), 38] for i in range(6)
    ]
    rows[2][2] = dt.datetime(2026, 3, 5, 8)
    study = read_study([workbook(tmp_path / "v.xlsx", {"v": [head, *rows]})], Settings())
    assert [(i.column, "5 of 6" in i.found) for i in told(study, "mostly-midnight")] == [("C", True)]

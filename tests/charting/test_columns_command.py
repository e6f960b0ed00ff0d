"""`senl-ae columns` shows every heading of every sheet, also of one that is refused or not understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.studies import VITALS, lines, workbook
from tests.running import here

REDCAP = lines(
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,dose_level,infusion_date,age,vs_date,vs_temp,vs_sbp,vs_blank",
    "001,day_0_arm_1,vitals,1,1,2026-05-04,34,2026-05-04,36.8,118,",
)


def shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *files: tuple[str, str], more: tuple[str, ...] = ()
) -> str:
    monkeypatch.setenv("COLUMNS", "200")
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    done = here("columns", *(folder / name for name, _ in files), *more)
    assert done.code == 0, done.err
    return done.out


@pytest.mark.parametrize(
    "text",
    [
        REDCAP,
        lines("identifier,datum,Temperatur,RR", "001,2026-05-04,38.6,118/70"),
        lines("subject_id,temperature,sbp,spo2,oxygen_device", "001,38.6,118,97,room air"),
        lines("床号,护士,温度值", "3,甲,38.6"),
        lines("Subject,VSDAT,TEMP_VSORRES,TEMP_VSORRESU,Local Lab Code", "001,2026-05-04,38.6,C,7"),
        lines(
            "subject_id,infusion_date,datetime,temperature,Temp", "001,2026-05-04,2026-05-05 08:00,38.6,36.0"
        ),
    ],
    ids=["redcap", "unknown", "without-a-time", "chinese", "rave", "two-of-one"],
)
def test_every_heading_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    out = shown(tmp_path, monkeypatch, ("f.csv", text))
    assert all(heading in out for heading in text.splitlines()[0].split(",")), out


def test_a_refused_sheet_shows_the_nearest_names_beside_one_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shown(
        tmp_path,
        monkeypatch,
        ("v.csv", VITALS),
        ("w.csv", lines("identifier,datetime,temprature,sbp,spo2", "1,2026-05-04,38,1,2")),
    )
    assert "w.csv: not understood" in out and "v.csv: vitals" in out
    row = next(line for line in out.splitlines() if "temprature" in line)
    assert "temperature" in row


def test_values_of_a_sheet_that_is_not_understood_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shown(tmp_path, monkeypatch, ("f.csv", lines("aa,bb", "Beispiel,1980-01-02")))
    assert "aa" in out and "Beispiel" not in out


def test_every_sheet_of_a_workbook(tmp_path: Path) -> None:
    rows = [line.split(",") for line in VITALS.splitlines()]
    path = workbook(tmp_path / "b.xlsx", {"Vitals": rows, "Menu": [["Monday", "soup"], ["Tuesday", "rice"]]})
    out = here("columns", path).out
    assert 'sheet "Vitals": vitals' in out and 'sheet "Menu": not understood' in out and "soup" in out


def test_a_data_dictionary_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = lines(
        '"Variable / Field Name","Form Name","Field Type","Field Label","Choices, Calculations, OR Slider Labels"',
        "x,y,text,z,",
    )
    assert "d.csv: a data dictionary" in shown(tmp_path, monkeypatch, ("v.csv", VITALS), ("d.csv", text))


def test_what_a_heading_known_in_part_was_read_as_or_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = lines(
        "subject_id,infusion_date,datetime,temperature,Pressor 2,Temp ward chart",
        "1,2026-05-04,2026-05-05 08:00,38,norad,38",
    )
    out = shown(tmp_path, monkeypatch, ("v.csv", text))
    assert "vitals.vasopressors" in out and "not known whole: may be temperature" in out


def test_only_a_file_that_cannot_be_opened_and_a_name_that_is_not_there_end_it(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(VITALS, encoding="utf-8")
    assert here("columns", tmp_path / "none.csv").code == 1
    assert here("columns", tmp_path / "v.csv", "--as", "vitals=Sheet9").code == 1

"""The vocabulary is one file per domain: together they are one table, in whatever order, and a folder of the user's adds to it."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from senl_ae.grade.rules.in_force import table_files
from senl_ae.grade.time.support import roles
from senl_ae.read.headings.partial_headings import PartialHeadings
from senl_ae.vocabulary import items as loader
from senl_ae.vocabulary.files import read_vocabulary, tables_folder, vocabulary_files
from senl_ae.vocabulary.items import Items, TableError, load_items, vocabulary_of
from tests.running import here, small

FILES = vocabulary_files(tables_folder())
NEW = '[item.lactate_trend]\ndomains = ["vitals"]\nkind = "number"\naliases = ["乳酸趋势"]\n'
SITE = (
    '[item.site_temperature]\ndomains = ["vitals"]\nkind = "number"\ncolumn = "temperature"\nunit = "C"\n'
    'plausible = { ge = 30, le = 45 }\naliases = ["thermoscan"]\n'
    '[agent.sitepressor]\ncategory = "vasopressor"\naliases = ["Presso-X"]\n'
)
"""A heading and a drug that only one site knows."""
SITE_STUDY = """subject_id,infusion_datetime,dose_level,age,datetime,thermoscan,sbp,oxygen_device,vasopressors
002,2026-03-16 10:00,DL2,44,2026-03-18 20:00,40.1,84,room air,Presso-X
"""
DRUG = '[agent.newdrug]\ncategory = "fluid"\n'


def folder_with(folder: Path, **files: str) -> Path:
    """A folder of tables: `items` is its items.toml, every other name a file of its vocabulary/."""
    tables = folder / "site"
    (tables / "vocabulary").mkdir(parents=True)
    for name, text in files.items():
        place = tables if name == "items" else tables / "vocabulary"
        (place / f"{name}.toml").write_text(text, encoding="utf-8")
    return tables


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.stem)
def test_a_file_says_first_what_is_in_it_and_where_it_stands(file: Path) -> None:
    first, blank, order = file.read_text(encoding="utf-8").splitlines()[:3]
    assert first.startswith("# ") and first.endswith(".") and not blank and order.startswith("order = ")


def test_no_two_files_ask_for_one_place() -> None:
    orders = [table["order"] for table in read_vocabulary(tables_folder()).values()]
    assert len(set(orders)) == len(FILES) > 10 and orders == sorted(orders)


def looked_up(items: Items) -> tuple[object, ...]:
    """What a heading, a test or a drug is found by."""
    parts = PartialHeadings(items)._names
    by_unit = {key: {item.name for item in found} for key, found in items._by_alias_and_unit.items()}
    return (
        items._by_alias,
        by_unit,
        items.agent_spellings,
        {k: {item.name for item in v} for k, v in parts.items()},
    )


def test_the_order_of_the_files_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turned round, every entry is the same and every name means the same; only the units go first, whichever file they stand in."""
    as_it_is = loader._load.__wrapped__(())
    monkeypatch.setattr(loader, "read_vocabulary", lambda f: dict(reversed(read_vocabulary(f).items())))
    turned = loader._load.__wrapped__(())
    assert list(turned.by_name) != list(as_it_is.by_name)
    strip = {name: vars(item) | {"counts": bool(item.counts)} for name, item in as_it_is.by_name.items()}
    assert {n: vars(i) | {"counts": bool(i.counts)} for n, i in turned.by_name.items()} == strip
    assert turned.agents == as_it_is.agents and turned.common_words == as_it_is.common_words
    plain = [
        ({d: {t: item.name for t, (item, _) in names.items()} for d, names in found[0].items()}, *found[1:])
        for found in (looked_up(as_it_is), looked_up(turned))
    ]
    assert plain[0] == plain[1]


@pytest.mark.parametrize("name", ["items", "own"])
def test_a_folder_adds_by_its_items_file_and_by_its_vocabulary(tmp_path: Path, name: str) -> None:
    tables = folder_with(tmp_path, **{name: NEW})
    found = load_items((tables,)).match("乳酸趋势", "vitals")
    assert found and found.item.name == "lactate_trend"
    assert set(vocabulary_files(tables)) <= set(table_files([tables]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[item.sbp]\ndomains = ["vitals"]\nkind = "number"', "item sbp: defined already in {vitals}"),
        ('[lab.sbp]\nunit = "g/L"', "item sbp: defined already in {vitals}"),
        ('[agent.dopamine]\ncategory = "fluid"', "agent dopamine: defined already in {vasopressors}"),
        (
            NEW.replace("乳酸趋势", "体温"),
            "{vitals} and {own}, domain vitals: '体温' means both temperature and",
        ),
        (DRUG + 'aliases = ["norad"]', "{vasopressors} and {own}, agents: 'norad' means both norepinephrine"),
        ('order = "first"', "{own}, order: 'first', expected a whole number"),
    ],
)
def test_what_is_defined_twice_is_refused_with_both_files(tmp_path: Path, text: str, said: str) -> None:
    names = {p.stem: f"grading_tables/vocabulary/{p.name}" for p in FILES} | {
        "own": "site/vocabulary/own.toml"
    }
    with pytest.raises(TableError) as refusal:
        load_items((folder_with(tmp_path, own=text),))
    assert said.format(**names) in str(refusal.value) and "own.toml" in str(refusal.value)


def test_two_files_of_one_folder_may_not_define_one_thing(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"site/vocabulary/b\.toml, item lactate_trend: .* site/items\.toml"):
        load_items((folder_with(tmp_path, items=NEW, b=NEW),))
    units = folder_with(tmp_path / "units", a='[units]\n"g/L" = ["x"]', b='[units]\n"g/L" = ["y"]')
    with pytest.raises(TableError, match=r"b\.toml, units\.g/L: defined already in site/vocabulary/a\.toml"):
        load_items((units,))


def test_every_file_that_decides_a_grade_is_listed_for_the_run() -> None:
    assert sorted(table_files([])) == sorted(tables_folder().rglob("*.toml"))


def grades(folder: Path) -> list[dict[str, str]]:
    with (folder / "patients.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_words_of_a_site_are_read_and_graded_by(tmp_path: Path) -> None:
    """A column and a drug of `--tables` count like the program's own; without the folder neither is known, and both are told."""
    file = small(tmp_path, text=SITE_STUDY)
    tables = folder_with(tmp_path, own=SITE)
    assert here("grade", file, "--tables", tables, "--out", tmp_path / "a", "--no-workbook", "-q").code == 0
    assert [row["crs_grade"] for row in grades(tmp_path / "a")] == ["3"]
    assert here("explain", "002", tmp_path / "a").code == 0
    assert here("grade", file, "--out", tmp_path / "b", "--no-workbook", "-q").code == 0
    assert [row["crs_grade"] for row in grades(tmp_path / "b")] == [""]
    told = (tmp_path / "b" / "issues.csv").read_text(encoding="utf-8")
    assert "thermoscan" in told and "Presso-X" in told


def test_a_rule_may_ask_about_an_item_of_its_own_folder(tmp_path: Path) -> None:
    rule = '[[rule]]\nid = "trend-1"\ngrade = 1\nwhen = { lactate_trend = { ge = 4 } }\nsays = "high"\n'
    tables = folder_with(tmp_path, own=NEW)
    (tables / "trend.toml").write_text(
        f'[scale]\nid = "trend"\nsyndrome = "TREND"\ntitle = "Trend"\nsource = "none"\n{rule}',
        encoding="utf-8",
    )
    assert here("scales", "check", "--tables", tables).code == 0
    (tables / "vocabulary" / "own.toml").unlink()
    ended = here("scales", "check", "--tables", tables)
    assert ended.code == 1 and "lactate_trend" in ended.err


@pytest.mark.parametrize("words", [("grade", "vitals.csv"), ("scales", "check")], ids=" ".join)
def test_a_mistake_in_the_words_of_a_folder_stops_the_run(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = small(tmp_path)
    tables = folder_with(tmp_path, own=NEW.replace("number", "numbr"))
    ended = here(*(file if word == "vitals.csv" else word for word in words), "--tables", tables)
    assert ended.code == 1 and "did you mean 'number'" in ended.err and "own.toml" in ended.err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of Unix")
def test_a_pipe_among_the_words_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    tables = folder_with(tmp_path, own=NEW)
    os.mkfifo(tables / "vocabulary" / "pipe.toml")
    with pytest.raises(TableError, match=r"site/vocabulary/pipe\.toml cannot be read: .*pipe"):
        load_items((tables,))


def test_what_is_in_force_ends_with_its_block(tmp_path: Path) -> None:
    tables = folder_with(tmp_path, own=SITE)
    plain = roles()
    with vocabulary_of([tables]):
        assert roles()["sitepressor"] == "vasopressor" and "sitepressor" in load_items().agents
        with vocabulary_of([tmp_path]):
            assert load_items() is load_items(())
    assert roles() is plain and "sitepressor" not in plain

"""With `--force` nothing of somebody's is lost in a folder: what stands in the way is moved aside under a name that says so."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from senl_ae.writing.whole import aside_name, move_aside
from tests.conftest import Graded
from tests.running import contents, here, small


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    assert here("demo", folder).code == 0
    return folder


@pytest.fixture
def graded(tmp_path: Path, graded_once: Graded) -> Path:
    return graded_once(tmp_path, "--no-workbook", results="r")


def test_the_demo_lists_what_it_wrote(demo: Path) -> None:
    told = json.loads((demo / "manifest.json").read_text(encoding="utf-8"))
    assert (told["program"], sorted(told["written"])) == ("senl-ae", ["study_en.xlsx", "study_zh.xlsx"])


@pytest.mark.parametrize("edited", [False, True])
def test_a_forced_demo_moves_aside_what_it_did_not_write(demo: Path, tmp_path: Path, edited: bool) -> None:
    folder = tmp_path / "d"
    if edited:
        shutil.copytree(demo, folder)
    else:
        folder.mkdir()
    (folder / "study_zh.xlsx").write_text("mine", encoding="utf-8")
    before = contents(folder)
    refused = here("demo", folder)
    assert (refused.code, "study_zh.xlsx" in refused.err, contents(folder)) == (1, True, before)
    forced = here("demo", folder, "--force")
    assert (forced.code, "study_zh.before-1.xlsx" in forced.err) == (0, True)
    assert (folder / "study_zh.before-1.xlsx").read_text(encoding="utf-8") == "mine"
    assert (folder / "study_zh.xlsx").read_bytes() == (demo / "study_zh.xlsx").read_bytes()


def test_a_demo_of_an_earlier_version_has_no_list_and_is_known_by_its_bytes(
    demo: Path, tmp_path: Path
) -> None:
    shutil.copytree(demo, tmp_path / "d")
    (tmp_path / "d" / "manifest.json").unlink()
    assert here("demo", tmp_path / "d").code == 0
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == [
        "manifest.json",
        "results",
        "study_en.xlsx",
        "study_zh.xlsx",
    ]


def test_a_demo_does_not_begin_in_a_folder_of_somebody(tmp_path: Path) -> None:
    small(tmp_path)
    refused = here("demo", tmp_path)
    assert (refused.code, "vitals.csv" in refused.err, "--force" in refused.err) == (1, True, True)
    assert [path.name for path in tmp_path.iterdir()] == ["vitals.csv"]


@pytest.mark.parametrize("what", ["results is a file", "results of somebody", "settings are wrong"])
def test_a_demo_that_is_refused_has_written_nothing(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    if what == "results is a file":
        (folder / "results").write_text("mine", encoding="utf-8")
    elif what == "results of somebody":
        (folder / "results").mkdir()
        (folder / "results" / "mine.docx").write_text("mine", encoding="utf-8")
    else:
        (folder / "senl-ae.toml").write_text("nothing = 1\n", encoding="utf-8")
    before = contents(folder)
    for force in ((), ("--force",)):
        refused = here("demo", folder, *force)
        assert (refused.code, len(refused.err.splitlines())) == (1, 1), refused.err
        assert contents(folder) == before and not (folder / "study_en.xlsx").exists()


def test_tables_move_aside_what_another_wrote(graded: Path, tmp_path: Path) -> None:
    """Files of the names that `summarize` gives, and a manifest of some other program."""
    tables = tmp_path / "T"
    tables.mkdir()
    names = ("long.csv", "2-crs.csv", "tables.html", "manifest.json")
    for name in names:
        (tables / name).write_text(f"my {name}", encoding="utf-8")
    words = ("summarize", graded, "--out", tables, "--format", "csv,html", "--quiet")
    before = contents(tables)
    refused = here(*words)
    assert (refused.code, [n for n in names if n not in refused.err]) == (1, [])
    assert contents(tables) == before
    assert here(*words, "--force").code == 0
    for name in names:
        stem, end = name.split(".")
        assert (tables / f"{stem}.before-1.{end}").read_text(encoding="utf-8") == f"my {name}"
        assert (tables / name).read_text(encoding="utf-8") != f"my {name}"
    assert here(*words).code == 0, "now they are its own"
    told = json.loads((tables / "manifest.json").read_text(encoding="utf-8"))
    told["written"]["2-crs.csv"] = {}
    (tables / "2-crs.csv").write_text("mine", encoding="utf-8")
    (tables / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    assert here(*words).code == 1, "a name alone vouches for nothing"
    assert not [path for path in tables.iterdir() if "before-2" in path.name]


def test_tables_move_aside_what_was_edited_and_links(graded: Path, tmp_path: Path) -> None:
    tables, mine = tmp_path / "T", tmp_path / "mine.csv"
    words = ("summarize", graded, "--out", tables, "--format", "csv", "--quiet")
    assert here(*words).code == 0
    (tables / "2-crs.csv").write_text("my remark", encoding="utf-8")
    shutil.copy(tables / "long.csv", mine)
    (tables / "long.csv").unlink()
    (tables / "long.csv").symlink_to(mine)
    refused = here(*words)
    assert (refused.code, "2-crs.csv" in refused.err, "long.csv" in refused.err) == (1, True, True)
    assert here(*words, "--force").code == 0
    assert (tables / "2-crs.before-1.csv").read_text(encoding="utf-8") == "my remark"
    assert (tables / "long.before-1.csv").is_symlink() and not (tables / "long.csv").is_symlink()
    assert mine.is_file()


def test_a_folder_under_a_name_of_a_table_stays(graded: Path, tmp_path: Path) -> None:
    (tmp_path / "T" / "long.csv").mkdir(parents=True)
    refused = here("summarize", graded, "--out", tmp_path / "T", "--format", "csv", "--quiet", "--force")
    assert (refused.code, "long.csv" in refused.err) == (1, True)
    assert [path.name for path in (tmp_path / "T").iterdir()] == ["long.csv"]


def test_edited_results_are_kept_whole_beside_the_new_ones(graded: Path) -> None:
    (graded / "patients.csv").write_text("my remark", encoding="utf-8")
    before = contents(graded)
    words = ("grade", graded.parent / "vitals.csv", "--out", graded, "--no-workbook")
    assert here(*words).code == 1
    forced = here(*words, "--force")
    assert (forced.code, "r.before-1" in forced.err) == (0, True)
    assert contents(graded.with_name("r.before-1")) == before
    assert (graded / "patients.csv").read_text(encoding="utf-8") != "my remark"
    (graded / "patients.csv").write_text("again", encoding="utf-8")
    told = json.loads(here(*words, "--force", "--json").out)
    assert told["kept"] == str(graded.with_name("r.before-2"))
    assert here(*words, "--json").code == 0 and not graded.with_name("r.before-3").exists()


def test_tables_written_among_the_results_are_of_this_program_too(graded: Path) -> None:
    assert here("summarize", graded, "--out", graded, "--format", "csv", "--quiet").code == 0
    words = ("grade", graded.parent / "vitals.csv", "--out", graded, "--no-workbook", "-q")
    assert here(*words).code == 0
    assert not (graded / "long.csv").exists()


def test_names_of_what_is_kept(tmp_path: Path) -> None:
    long = tmp_path / f"{'长' * 83}.xlsx"
    for path in (tmp_path / "a.csv", tmp_path / "b", long, tmp_path / os.fsdecode(b"\xff.csv")):
        path.write_text("mine", encoding="utf-8")
        names = [os.fsencode(move_aside(path).name) for _ in range(2)]
        assert all(len(name) <= 255 for name in names) and len(set(names)) == 2
        assert path.read_text(encoding="utf-8") == "mine"
    assert aside_name(tmp_path / "a.csv").name == "a.before-3.csv"
    assert aside_name(long).suffix == ".xlsx" and os.fsencode(aside_name(long).name).decode("utf-8")


def test_a_file_made_while_another_was_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import senl_ae.template.workbook as template

    real, path = template.write_template, tmp_path / "t.xlsx"

    def slow(made: Path, lang: str) -> None:
        real(made, lang)
        path.write_text("mine", encoding="utf-8")

    monkeypatch.setattr(template, "write_template", slow)
    refused = here("template", path)
    assert (refused.code, "t.xlsx" in refused.err, path.read_text(encoding="utf-8")) == (1, True, "mine")
    assert [found.name for found in tmp_path.iterdir()] == ["t.xlsx"]


def test_a_disk_without_second_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    assert here("template", tmp_path / "t.xlsx").code == 0
    (tmp_path / "mine.csv").write_text("mine", encoding="utf-8")
    assert move_aside(tmp_path / "mine.csv").read_text(encoding="utf-8") == "mine"

"""The four functions that a program calls: the page that shows them runs, and they do what the commands do."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import senl_ae
from senl_ae import grade_study, read_study, summarize, write_results
from senl_ae.issues import Refused
from senl_ae.settings import Settings
from senl_ae.study import FRAMES
from tests.running import ROOT, SAMPLE, SMALL, contents, environment, here, small
from tests.test_vocabulary_files import SITE, SITE_STUDY

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_every_example_of_the_page_runs(tmp_path: Path) -> None:
    shutil.copyfile(SAMPLE, tmp_path / "vitals.xlsx")
    known: dict[str, object] = {}
    out = io.StringIO()
    with contextlib.chdir(tmp_path), contextlib.redirect_stdout(out):
        for block in BLOCKS:
            exec(compile(block, "docs/api.md", "exec"), known)
    printed = out.getvalue()
    assert printed.startswith("19 subjects, 1439 rows of vitals\n") and "5.0 is the highest grade" in printed
    assert re.search(r"Total +14\.0 +18", printed)
    assert "refuse" in printed.splitlines()[-1], "the files of the last example are not there"
    assert len(BLOCKS) == 3


def test_the_page_names_every_function_with_its_arguments() -> None:
    import inspect

    for name in ("read_study", "grade_study", "write_results", "summarize"):
        signature = inspect.signature(getattr(senl_ae, name))
        said = re.search(rf"`{name}\((.*?)\) -> \w+`", PAGE)
        assert said, name
        listed = [part.split("=")[0].strip() for part in said[1].split(", ") if part != "*"]
        assert listed == list(signature.parameters), name


def facts(folder: Path) -> dict[str, object]:
    """What run.json says but when the run was and how long it took."""
    said = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return {name: value for name, value in said.items() if name not in ("time", "seconds")}


def test_the_functions_write_what_the_command_writes(tmp_path: Path) -> None:
    assert here("grade", SAMPLE, "--out", tmp_path / "a", "--no-workbook", "-q").code == 0
    graded = grade_study(read_study(SAMPLE))
    assert write_results(graded, tmp_path / "b", workbook=False) == tmp_path / "b"
    assert facts(tmp_path / "a") == facts(tmp_path / "b")
    one, other = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert one.keys() == other.keys() and {n for n in one if one[n] != other[n]} <= {"run.json"}
    words = ("summarize", tmp_path / "a", "--by", "dose", "--format", "csv", "-q")
    assert here(*words).code == 0
    listed = pd.read_csv(tmp_path / "a" / "tables" / "long.csv", dtype=str, keep_default_na=False)
    counted = summarize(tmp_path / "b", by=["dose"])
    assert sorted(counted["printed"]) == sorted(listed["printed"]) and len(counted) > 1000
    assert set(summarize(tmp_path / "b", tables="crs", ids=False)["subjects"]) == {()}


def test_settings_go_with_the_study_and_the_study_is_not_changed(tmp_path: Path) -> None:
    file = small(
        tmp_path, text=SITE_STUDY.replace("thermoscan", "temperature").replace("vasopressors", "remark")
    )
    study = read_study([file], Settings(safety_window_days=7, study="Short"))
    before = copy.deepcopy(study)
    one, other = grade_study(study), grade_study(study)
    assert study.issues == before.issues and study.counts == before.counts
    for name in FRAMES:
        pd.testing.assert_frame_equal(study.frame(name).table, before.frame(name).table)
    assert one.issues == other.issues != ()
    assert one.study.issues == before.issues
    assert one.all_issues.found == [*before.issues.found, *one.issues]
    run = (write_results(one, tmp_path / "r") / "run.json").read_text(encoding="utf-8")
    assert '"safety_window_days": 7' in run and '"study": "Short"' in run and "seconds" not in run
    assert (tmp_path / "r" / "graded.xlsx").exists()
    (tmp_path / "senl-ae.toml").write_text("safety_window_days = 14\n", encoding="utf-8")
    found = read_study(file).asked
    assert found is not None and found.settings.safety_window_days == 14
    fixed = read_study(file, Settings()).asked
    assert fixed is not None and fixed.settings == Settings()


def test_an_input_in_the_folder_for_results_is_never_replaced(tmp_path: Path) -> None:
    """What was read is known to the graded study: no need to say it again."""
    file = small(tmp_path)
    graded = grade_study(read_study(file))
    with pytest.raises(Refused):
        write_results(graded, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    folder = write_results(graded, tmp_path / "r", workbook=False)
    os.replace(file, folder / "daily.csv")
    with pytest.raises(Refused) as refusal:
        write_results(grade_study(read_study(folder / "daily.csv")), folder, force=True)
    assert "daily.csv" in refusal.value.issues.found[0].found
    assert (folder / "daily.csv").read_text(encoding="utf-8") == SMALL


def test_more_tables_are_graded_by_and_told(tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "toy.toml").write_text(
        '[scale]\nid = "toy"\nsyndrome = "TOY"\ntitle = "Toy"\nsource = "none"\n'
        '[[rule]]\nid = "toy-1"\ngrade = 1\nwhen = { heart_rate = { ge = 120 } }\nsays = "fast"\n',
        encoding="utf-8",
    )
    (tables / "items.toml").write_text(SITE, encoding="utf-8")
    file = small(tmp_path, text=SITE_STUDY)
    graded = grade_study(read_study(file, table_folders=tables))
    assert "TOY" in graded.syndromes
    run = (write_results(graded, tmp_path / "r", workbook=False) / "run.json").read_text(encoding="utf-8")
    assert '"toy.toml"' in run and '"items.toml"' in run and str(tables) in run
    assert graded.syndromes["CRS"].figures["grade"].tolist() == [3.0]
    assert here("grade", file, "--tables", tables, "--out", tmp_path / "c", "--no-workbook", "-q").code == 0
    for name in ("patients.csv", "treatments.csv"):
        assert (tmp_path / "r" / name).read_bytes() == (tmp_path / "c" / name).read_bytes()
    plain = grade_study(read_study(file))
    assert plain.syndromes.keys() == {"CRS", "ICANS"}
    assert not (plain.syndromes["CRS"].figures["grade"] == 3).any()


def test_importing_the_package_imports_nothing_heavy_and_lists_what_it_has() -> None:
    code = (
        "import sys, senl_ae\nassert {'read_study', 'summarize'} <= set(dir(senl_ae))\n"
        "print([m for m in ('senl_ae.api', 'pandas', 'numpy', 'rich', 'typer', 'pydantic') if m in sys.modules])\n"
        "from senl_ae import read_study\nprint(read_study.__module__)\nsenl_ae.no_such_thing\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False
    )
    assert "AttributeError: module 'senl_ae' has no attribute 'no_such_thing'" in ran.stderr
    assert ran.stdout.split() == ["[]", "senl_ae.api"]
    assert set(senl_ae.__all__) == {
        "__version__",
        "grade_study",
        "read_study",
        "summarize",
        "write_results",
    }


def test_a_type_checker_knows_the_functions(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    script = tmp_path / "uses.py"
    script.write_text(
        "from senl_ae import grade_study, read_study, summarize, write_results\n"
        "reveal_type(summarize(write_results(grade_study(read_study('a.csv')), 'r')))\n",
        encoding="utf-8",
    )
    words = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(script)]
    ran = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False, env=environment())
    assert 'Revealed type is "pandas' in ran.stdout and "DataFrame" in ran.stdout, ran.stdout

"""Hostile and broken files: one clear line each, little memory, and the other files are read all the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import make_hostile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from senl_ae.read.files.tables import read_tables
from senl_ae.settings import Settings

LIMIT_MB = 500


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("hostile")
    return folder, make_hostile(folder)


def test_one_clear_line_each(hostile: tuple[Path, dict[str, str]]) -> None:
    folder, codes = hostile
    wrong = {}
    for name, code in codes.items():
        issues = read_tables([folder / name], Settings()).issues
        told = [(i.severity, i.code) for i in issues]
        if len(told) != 1 or told[0][0] != "refuse" or told[0][1] not in code.split("|"):
            wrong[name] = told
        for issue in issues:
            assert issue.file == name and issue.found and issue.expected and issue.done, name
            assert issue.sentence().isprintable() and len(issue.sentence()) < 400, name
            assert not re.search(r"Traceback|Error\b|/tmp|\bexception\b", issue.sentence()), name
    assert not wrong


def test_all_together_stay_small_and_good_files_among_them_are_read(
    hostile: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    pytest.importorskip("resource")
    folder, codes = hostile
    (tmp_path / "good.csv").write_text("subject_id,temperature\nS-1,38.5\n")
    names = [str(folder / name) for name in codes]
    code = (
        "import resource, sys; from pathlib import Path; from senl_ae.settings import Settings\n"
        "from senl_ae.read.files.tables import read_tables\n"
        "read = read_tables([Path(p) for p in sys.argv[1:]], Settings())\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == 'linux' else 1024 * 1024)\n"
        "print(len(read.tables), sum(i.severity == 'refuse' for i in read.issues), peak)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *names, str(tmp_path / "good.csv")], capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")
    tables, refused, peak = map(int, run.stdout.split())
    assert tables == 1
    assert refused == len(codes)
    assert peak < LIMIT_MB


def test_no_permission_and_other_trouble_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n")
    for error, code in (
        (PermissionError(13, "Permission denied"), "no-permission"),
        (OSError(5, "Input/output error"), "unreadable-file"),
    ):

        def fail(*_: object, error: OSError = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(Path, "open", fail)
        issues = read_tables([path], Settings()).issues
        assert [i.code for i in issues] == [code]


def test_an_interrupt_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n")

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("senl_ae.read.files.delimited.find_records", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read_tables([path], Settings())


def test_limits_are_settings(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n" + "1,2\n" * 50)
    for limit, code in (({"max_rows": 10}, "too-many-rows"), ({"max_cell_chars": 1}, ""), ({}, "")):
        issues = read_tables([tmp_path / "a.csv"], Settings(**limit)).issues
        assert [i.code for i in issues] == ([code] if code else [])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_bytes_are_changed_nothing_is_raised(
    hostile: tuple[Path, dict[str, str]], tmp_path: Path, data: st.DataObject
) -> None:
    folder, _ = hostile
    whole = bytearray((folder / "letter.docx").read_bytes())  # a whole workbook under another name
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    suffix = data.draw(st.sampled_from([".xlsx", ".xlsm", ".csv", ".tsv"]))
    path = tmp_path / f"changed{suffix}"
    path.write_bytes(bytes(whole))
    read = read_tables([path], Settings())
    tables, issues = read.tables, read.issues
    assert tables or any(i.severity == "refuse" for i in issues)
    assert sum(i.severity == "refuse" for i in issues) <= 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=200))
def test_whatever_stands_in_a_text_table_nothing_is_raised(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(b"id,temperature,remark\nS-1,38.5,x\n" + text)
    read_tables([path], Settings())

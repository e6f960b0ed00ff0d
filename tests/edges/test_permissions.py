"""What replaces a file or folder has its owner, group and permissions; what is new follows the umask; what is read-only stays."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from senl_ae.writing.whole import keep_looks
from tests.running import here, small

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of a POSIX system")


@pytest.fixture(params=[0o022, 0o077, 0o002])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def graded(folder: Path, *more: str) -> Path:
    done = here("grade", small(folder), "--out", folder / "a" / "r", "--no-workbook", "-q", *more)
    assert done.code == 0, done.err
    return folder / "a" / "r"


def test_what_is_new_follows_the_umask(tmp_path: Path, umask: int) -> None:
    results = graded(tmp_path)
    assert here("summarize", results, "--format", "csv", "--quiet").code == 0
    assert here("template", tmp_path / "t.xlsx").code == 0
    folders = [results.parent, results, results / "tables"]
    assert {mode(path) for path in folders} == {0o777 & ~umask}
    files = [results / "patients.csv", results / "tables" / "long.csv", tmp_path / "t.xlsx"]
    assert {mode(path) for path in files} == {0o666 & ~umask}


def test_what_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    results = graded(tmp_path)
    assert here("summarize", results, "--out", tmp_path / "T", "--format", "csv", "--quiet").code == 0
    assert here("template", tmp_path / "t.xlsx").code == 0
    results.chmod(0o700)
    for path in (results / "patients.csv", tmp_path / "T" / "long.csv", tmp_path / "t.xlsx"):
        path.chmod(0o640)
    graded(tmp_path)
    assert here("summarize", results, "--out", tmp_path / "T", "--format", "csv", "--quiet").code == 0
    assert here("template", tmp_path / "t.xlsx", "--force").code == 0
    assert (mode(results), mode(results / "patients.csv"), mode(results / "daily.csv")) == (
        0o700,
        0o640,
        0o644,
    )
    assert (mode(tmp_path / "T" / "long.csv"), mode(tmp_path / "t.xlsx")) == (0o640, 0o640)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_owner_and_group_stay(tmp_path: Path) -> None:
    results, file = graded(tmp_path), tmp_path / "t.xlsx"
    assert here("template", file).code == 0
    for path in (results, file):
        os.chown(path, 12345, 23456)
    results.chmod(0o2770)
    graded(tmp_path)
    assert here("template", file, "--force").code == 0
    for path in (results, file):
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)
    assert mode(results) == 0o2770


def test_a_group_that_cannot_be_kept_is_no_other_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("", encoding="utf-8")
    new.write_text("", encoding="utf-8")
    old.chmod(0o664)

    class Lstat:
        st_mode, st_uid, st_gid = old.lstat().st_mode, os.getuid(), os.getgid() + 1

    def chown(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", chown)
    monkeypatch.setattr(Path, "lstat", lambda _: Lstat)
    keep_looks(old, new)
    assert mode(new) == 0o644, "the group may read as everybody may, and no longer write"


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_what_somebody_made_read_only_stays(tmp_path: Path, force: tuple[str, ...]) -> None:
    results, file = graded(tmp_path), tmp_path / "t.xlsx"
    tables = ("summarize", results, "--format", "csv", "--quiet")
    regrade = ("grade", tmp_path / "vitals.csv", "--out", results, "--no-workbook", "-q")
    assert here("template", file).code == 0
    assert here(*tables).code == 0
    for locked, words in (
        (file, ("template", file)),
        (results / "tables" / "long.csv", tables),
        (results / "tables" / "long.csv", regrade),
        (results / "patients.csv", regrade),
        (results / "run.json", regrade),
        (results, regrade),
    ):
        was, content = mode(locked), locked.is_file() and locked.read_bytes()
        locked.chmod(0o555 if locked.is_dir() else 0o444)
        refused = here(*words, *force)
        assert refused.code == 1 and "read-only" in refused.err and locked.name in refused.err
        assert (locked.is_file() and locked.read_bytes()) == content
        locked.chmod(was)
    assert here(*regrade, *force).code == 0

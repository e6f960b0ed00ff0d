"""Where results may go, what is looked at once more when the old ones leave their place, and what the system's own files do not hinder."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

import senl_ae.results.folder as results_folder
from senl_ae.writing import manifests
from tests.conftest import Graded
from tests.running import contents, environment, here, run, small
from tests.warm import Server

SYSTEMS = [".DS_Store", "._patients.csv", "Thumbs.db", "desktop.ini", "Desktop.ini", ".directory"]


@pytest.fixture
def graded(tmp_path: Path, graded_once: Graded) -> Path:
    return graded_once(tmp_path, "--no-workbook", tables="csv", results="r")


def words(results: Path, *more: str) -> tuple[object, ...]:
    return ("grade", results.parent / "vitals.csv", "--out", results, "--no-workbook", "-q", *more)


def test_files_that_systems_make_are_kept_and_no_reason_to_refuse(graded: Path) -> None:
    for name in SYSTEMS:
        (graded / name).write_text(name, encoding="utf-8")
        (graded / "tables" / name).write_text(name, encoding="utf-8")
    (graded / "@eaDir").mkdir()
    (graded / "@eaDir" / "preview").write_text("x", encoding="utf-8")
    assert here(*words(graded)).code == 0
    for name in SYSTEMS:
        assert (graded / name).read_text(encoding="utf-8") == name
        assert (graded / "tables" / name).read_text(encoding="utf-8") == name
    assert (graded / "@eaDir" / "preview").is_file() and not (graded / "tables" / "long.csv").exists()
    assert here(*words(graded)).code == 0, "and again"


def test_a_new_folder_that_a_system_has_looked_into_is_new(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / ".DS_Store").write_text("x", encoding="utf-8")
    small(tmp_path)
    assert here(*words(tmp_path / "r")).code == 0
    assert (tmp_path / "r" / ".DS_Store").is_file()
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "Thumbs.db").write_text("x", encoding="utf-8")
    assert here("demo", tmp_path / "d").code == 0


@pytest.mark.parametrize("name", ["~$graded.xlsx", ".~lock.graded.xlsx#", "Thumbs.db.docx", ".DS_Store_mine"])
def test_a_lock_file_of_an_open_workbook_is_a_reason(graded: Path, name: str) -> None:
    (graded / name).write_text("x", encoding="utf-8")
    refused = here(*words(graded))
    assert (refused.code, name in refused.err) == (1, True)


def test_a_link_under_the_name_of_a_systems_file_is_somebodys(graded: Path) -> None:
    (graded / ".DS_Store").symlink_to(graded.parent / "vitals.csv")
    assert here(*words(graded)).code == 1


# ---------------------------------------------------------------- between the check and the swap


@pytest.fixture(params=[True, False], ids=["in one step", "in two steps"])
def late(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, str]]:
    """Files that somebody writes when everything has been checked, just before the old folder leaves its place."""
    todo: list[tuple[Path, str]] = []
    real = results_folder._exchange

    def exchange(one: Path, other: Path) -> bool:
        while todo:
            path, text = todo.pop()
            path.write_text(text, encoding="utf-8")
        return bool(request.param) and real(one, other)

    monkeypatch.setattr(results_folder, "_exchange", exchange)
    return todo


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("name", ["notes.docx", "tables/notes.docx"])
def test_what_somebody_put_there_meanwhile_stays(
    graded: Path, late: list[tuple[Path, str]], name: str, force: tuple[str, ...]
) -> None:
    before = contents(graded)
    late.append((graded / name, "mine"))
    refused = here(*words(graded, *force))
    assert (refused.code, name in refused.err, not late) == (1, True, True)
    assert contents(graded) == before | {name: b"mine"}
    assert sorted(path.name for path in graded.parent.iterdir()) == ["r", "vitals.csv"]


def test_what_somebody_edited_meanwhile_stays_or_is_kept(graded: Path, late: list[tuple[Path, str]]) -> None:
    before = contents(graded)
    late.append((graded / "patients.csv", "my remark"))
    refused = here(*words(graded))
    assert (refused.code, "patients.csv" in refused.err) == (1, True)
    assert contents(graded) == before | {"patients.csv": b"my remark"}
    (graded / "patients.csv").write_bytes(before["patients.csv"])
    late.append((graded / "patients.csv", "my remark"))
    assert here(*words(graded, "--force")).code == 0
    kept = graded.with_name("r.before-1")
    assert contents(kept) == before | {"patients.csv": b"my remark"}
    assert (graded / "patients.csv").read_bytes() == before["patients.csv"]


def test_edited_results_and_a_late_file_go_back_together(graded: Path, late: list[tuple[Path, str]]) -> None:
    (graded / "patients.csv").write_text("my remark", encoding="utf-8")
    before = contents(graded)
    late.append((graded / "notes.docx", "mine"))
    assert here(*words(graded, "--force")).code == 1
    assert contents(graded) == before | {"notes.docx": b"mine"}
    assert sorted(path.name for path in graded.parent.iterdir()) == ["r", "vitals.csv"]


def test_edited_results_are_never_under_a_name_that_is_swept(
    graded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even for the moment after the swap, in which a run can be killed."""
    names, real = [], results_folder._exchange
    monkeypatch.setattr(results_folder, "_exchange", lambda one, other: names.append(one) or real(one, other))
    (graded / "patients.csv").write_text("my remark", encoding="utf-8")
    assert here(*words(graded, "--force")).code == 0
    assert names == [graded.with_name("r.before-1")]


def test_a_new_folder_that_cannot_take_its_place_leaves_the_old_one(
    graded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = contents(graded), os.rename
    monkeypatch.setattr(results_folder, "_exchange", lambda *_: False)

    def rename(one: Path, other: Path) -> None:
        if Path(one).name == "new":
            raise OSError(errno.ENOSPC, "No space left on device", str(other))
        real(one, other)

    monkeypatch.setattr(os, "rename", rename)
    done = here(*words(graded))
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert contents(graded) == before


def test_old_results_are_read_once_however_often_they_are_looked_at(
    graded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda file, kind: read.append(file.name) or real(file, kind))
    monkeypatch.setattr(manifests, "SETTLED", -1)
    written = json.loads((graded / "run.json").read_text(encoding="utf-8"))["written"]
    assert here(*words(graded)).code == 0
    assert sorted(name for name in read if Path(name).parent == graded) == [
        str(graded / name) for name in sorted(written)
    ]


def test_a_file_that_looks_as_before_and_was_touched_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same size and the same time of writing say nothing; and what has just been written may be so again at once."""
    path = tmp_path / "patients.csv"
    path.write_text("one", encoding="utf-8")
    before, about = manifests.hash_of(path), path.stat()
    for settled in (manifests.SETTLED, -1):
        monkeypatch.setattr(manifests, "SETTLED", settled)
        assert manifests.hash_of(path) == before
        time.sleep(0.05)  # the clock of the file system
        path.write_text("two", encoding="utf-8")
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
        assert manifests.hash_of(path) != before
        path.write_text("one", encoding="utf-8")


# ---------------------------------------------------------------- odd places


def places(folder: Path) -> None:
    small(folder)
    (folder / "inside").mkdir()
    (folder / "link").symlink_to(folder / "inside")
    (folder / "nowhere").symlink_to(folder / "gone")
    (folder / "inputs").mkdir()
    small(folder / "inputs")


@pytest.mark.parametrize(
    ("out", "code"),
    [
        (".", 1),
        ("/", 1),
        ("..", 1),
        ("link", 1),
        ("link/", 1),
        ("nowhere", 1),
        ("inputs", 1),
        ("vitals.csv", 1),
        ("vitals.csv/", 1),
        ("vitals.csv/r", 1),
        ("/proc", 1),
        ("/dev/null", 1),
        ("n" * 256, 1),
        ("a/b/" + "n" * 256, 1),
        ("n" * 255, 0),
        ("slash/", 0),
        ("inputs/r", 0),
        ("link/r", 0),
        ("inputs/../c", 0),
    ],
)
def test_a_place_is_taken_or_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, code: int
) -> None:
    places(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = here("grade", "inputs/vitals.csv", "--out", out, "--no-workbook", "-q")
    assert (done.code, len(done.err.splitlines())) == (code, code), done.err
    assert "internal error" not in done.err
    if code:
        assert sorted(tmp_path.rglob("*")) == before
    else:
        assert (tmp_path / out / "patients.csv").is_file()
        assert here("grade", "inputs/vitals.csv", "--out", out, "--no-workbook", "-q").code == 0, "again"


@pytest.mark.parametrize("inside", ["", "tables"])
def test_the_folder_in_which_somebody_stands_is_not_taken_away(graded: Path, inside: str) -> None:
    out = ".." if inside else "."
    vitals = graded.parent / "vitals.csv"
    refused = run("grade", vitals, "--out", out, "-q", cwd=graded / inside)
    assert (refused.code, len(refused.err.splitlines())) == (1, 1)
    assert "the folder in which you are" in refused.err
    (graded.parent / "empty").mkdir()
    assert run("grade", vitals, "--out", ".", "-q", cwd=graded.parent / "empty").code == 1
    assert run("grade", vitals, "--out", "r", "-q", cwd=graded.parent / "empty").code == 0


def test_a_mounted_folder_is_refused_before_the_work(graded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path).name == "r")
    refused = here(*words(graded))
    assert (refused.code, "a folder inside it" in refused.err) == (1, True)


def test_results_told_by_a_broken_run_file_are_no_crash(graded: Path) -> None:
    for text in (
        '{"program": "senl-ae", "written": [], "files": 3}',
        '{"program": "senl-ae", "written": {"a": 1}}',
    ):
        (graded / "run.json").write_text(text, encoding="utf-8")
        refused = here(*words(graded, "--force"))
        assert (refused.code, "internal error" in refused.err) == (1, False)


# ---------------------------------------------------------------- disks


def can_mount() -> bool:
    try:
        done = subprocess.run(
            ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


COMMANDS = (
    "grade {given} --out {disk}r -q",
    "summarize {results} --out {disk}T --format csv,html,xlsx,docx,rtf,json --quiet",
    "simulate {disk}s.xlsx",
    "simulate {disk}s.csv --subjects 200",
    "template {disk}t.xlsx",
    "check {given} --csv {disk}c.csv",
    "demo {disk}d",
)
DISKS = [f"disk{number}" for number in range(len(COMMANDS))]


@pytest.mark.skipif(not can_mount(), reason="needs disks of its own")
@pytest.mark.parametrize("disk", ["size=16k", "size=4k,ro"])
def test_a_full_or_a_read_only_disk_is_one_line_and_nothing_stays(graded: Path, disk: str) -> None:
    folder = graded.parent
    for name in DISKS:
        (folder / name).mkdir()
    rows = (folder / "vitals.csv").read_text(encoding="utf-8")
    body = "".join(f"{n:03},2026-03-02 10:00,DL1,44,2026-03-05 08:00,x{n},112,,,\n" for n in range(300))
    (folder / "many.csv").write_text(rows.splitlines()[0] + "\n" + body, encoding="utf-8")
    mounted = (
        f'for place in {" ".join(DISKS)}; do mount -t tmpfs -o {disk} none {folder}/$place; done; exec "$@"'
    )
    own = environment()
    with closing(Server(own, before=["unshare", "-m", "bash", "-c", mounted, "-"])) as server:
        seen = Path(f"/proc/{server.process.pid}/root{folder}")  # the disks are there for that process alone
        for line, name in zip(COMMANDS, DISKS, strict=True):
            words = line.format(given="many.csv", results="r", disk=f"{name}/").split()
            code, _, said = server.run(words, folder, own)
            assert (code, len(said.splitlines())) == (1, 1), (line, said)
            assert b"internal error" not in said
            assert seen.joinpath(name).is_mount() and not list(seen.joinpath(name).iterdir()), line


def without_powers() -> None:
    """Root that permissions hold for as they do for anybody: no DAC_OVERRIDE, no DAC_READ_SEARCH after the next exec."""
    for power in (1, 2):
        ctypes.CDLL(None).prctl(24, power)


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="only root can give up its powers")
def test_a_folder_without_permission_is_one_line(graded: Path) -> None:
    folder = graded.parent
    folder.chmod(0o555)
    own = environment()
    with closing(Server(own, prepare=without_powers)) as server:
        for line in COMMANDS:
            words = line.format(given="vitals.csv", results="r", disk="").split()
            code, _, said = server.run(words, folder, own)
            assert b"ermission" in said or b"read-only" in said, (line, said)
            assert (code, len(said.splitlines())) == (1, 1), (line, said)
            assert b"internal error" not in said and b".senl-ae-" not in said

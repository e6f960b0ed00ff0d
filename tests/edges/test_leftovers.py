"""What a killed run left is removed by the next one, and nothing that anybody may still need."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from senl_ae.writing.leftovers import sweep, temporary_prefix
from senl_ae.writing.whole import temporary_beside, temporary_in
from tests.running import here, small

HOURS = 3600.0


def left(parent: Path, name: str, hours: float = 0, inside: str = "patients.csv") -> Path:
    """A folder as a run leaves it, untouched for some hours."""
    file = parent / name / inside
    file.parent.mkdir(parents=True)
    file.write_text("x", encoding="utf-8")
    for path in (file, *file.parents):
        if path == parent:
            return parent / name
        os.utime(path, (time.time() - hours * HOURS,) * 2)
    return parent / name


def prefix(process: int | str | None = None, machine: str | None = None, began: str | None = None) -> str:
    """The name of a temporary folder of this process, or of another one."""
    told = temporary_prefix().removeprefix(".senl-ae-").split("-")
    parts = [given or own for given, own in zip((process, machine, began), told, strict=False)]
    return f".senl-ae-{'-'.join(map(str, parts))}-abcdefgh"


def dead_process() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_number_that_another_program_has_by_now_is_told_apart(tmp_path: Path) -> None:
    mine = left(tmp_path, prefix())
    reused, dead = left(tmp_path, prefix(began="1")), left(tmp_path, prefix(process=dead_process()))
    sweep(tmp_path)
    assert (mine.exists(), reused.exists(), dead.exists()) == (True, False, False)


def test_a_process_that_ended_and_that_nobody_asked_about_is_dead(tmp_path: Path) -> None:
    process = subprocess.Popen(["sleep", "20"])
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        runs = left(tmp_path, prefix(process=process.pid, began=fields[19]))
        sweep(tmp_path)
        assert runs.exists()
        process.kill()
        while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.01)
        sweep(tmp_path)
        assert not runs.exists()
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "name",
    [prefix(machine="0" * 8), f".senl-ae-{os.getpid()}-abcdefgh"],
    ids=["of another machine", "of an earlier version"],
)
def test_where_a_name_does_not_tell_the_newest_file_decides(tmp_path: Path, name: str) -> None:
    """A run on another machine that shares the disk; an earlier version's folder, whose number is of some other program by now."""
    folder = left(tmp_path, name, hours=2)
    (folder / "labs.csv").write_text("being written", encoding="utf-8")
    os.utime(folder, (time.time() - 2 * HOURS,) * 2)
    sweep(tmp_path)
    assert folder.exists(), "written into just now"
    os.utime(folder / "labs.csv", (time.time() - 2 * HOURS,) * 2)
    sweep(tmp_path)
    assert not folder.exists()


def test_folders_of_earlier_versions_go_by_their_newest_file_and_only_with_results_in_them(
    tmp_path: Path,
) -> None:
    fresh, old = left(tmp_path, ".r-abcdefgh", 2), left(tmp_path, ".r-old-abcdefgh", 2)
    (fresh / "tables").mkdir()
    (fresh / "tables" / "long.csv").write_text("x", encoding="utf-8")
    os.utime(fresh, (time.time() - 2 * HOURS,) * 2)
    mine = left(tmp_path, ".r-archived", 2, inside="tables/my thesis.docx")
    linked = left(tmp_path, ".r-holdlink", 2)
    (linked / "labs.csv").symlink_to(tmp_path / "elsewhere")
    os.utime(linked / "labs.csv", (time.time() - 2 * HOURS,) * 2, follow_symlinks=False)
    os.utime(linked, (time.time() - 2 * HOURS,) * 2)
    sweep(tmp_path, "r")
    assert (fresh.exists(), old.exists(), mine.exists(), linked.is_dir()) == (True, False, True, True)


def test_no_link_is_followed(tmp_path: Path) -> None:
    mine = left(tmp_path, "mine", 9)
    (tmp_path / prefix(process=dead_process())).symlink_to(mine)
    inside = left(tmp_path, prefix(process=dead_process(), began="7"))
    (inside / "link").symlink_to(mine)
    sweep(tmp_path)
    assert (mine / "patients.csv").is_file() and not inside.exists()


def test_one_that_cannot_be_looked_into_does_not_keep_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut, dead = left(tmp_path, ".senl-ae-1-aaaaaaaa", 2), left(tmp_path, prefix(process=dead_process()))
    real = os.scandir

    def scandir(path: object = ".") -> object:
        if str(path) == str(shut):
            raise PermissionError(13, "Permission denied", str(shut))
        return real(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", scandir)
    sweep(tmp_path)
    assert (shut.exists(), dead.exists()) == (True, False)
    monkeypatch.setattr(os, "scandir", lambda path=".": (_ for _ in ()).throw(PermissionError(13, "no")))
    sweep(tmp_path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder of another user")
def test_a_folder_of_another_user_stays(tmp_path: Path) -> None:
    other = left(tmp_path, prefix(process=dead_process()))
    os.chown(other, 12345, -1)
    sweep(tmp_path)
    assert other.exists()


def test_what_goes_to_a_pipe_is_made_where_the_next_run_sweeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    dead = left(tmp_path / "tmp", prefix(process=dead_process()), inside="stdout")
    before = left(tmp_path / "tmp", ".senl-ae-abcdefgh", 2, inside="made.csv")
    mine = left(tmp_path / "tmp", ".senl-ae-archived", 2, inside="notes.txt")
    assert here("check", small(tmp_path), "--csv", "/dev/null").code == 0
    assert (dead.exists(), before.exists(), mine.exists()) == (False, False, True)


def test_temporary_files_of_libraries_lie_in_the_folder_that_is_swept(tmp_path: Path) -> None:
    before = tempfile.gettempdir()
    with temporary_beside(tmp_path / "new" / "x.xlsx") as scratch:
        assert Path(tempfile.gettempdir()) == scratch and scratch.stat().st_mode & 0o077 == 0
        with temporary_in(tmp_path) as inner:
            assert Path(tempfile.gettempdir()) == inner
        assert Path(tempfile.gettempdir()) == scratch
    assert tempfile.gettempdir() == before and list(tmp_path.iterdir()) == []

"""Packed text tables: read as the text inside, never unpacked further than the limit, refused in one line when damaged."""

from __future__ import annotations

import gzip
from functools import partial
from pathlib import Path

import pytest

from senl_ae.read.study import read_study
from senl_ae.settings import Settings
from tests.read.studies import VITALS, read, refusals, told

compress = partial(gzip.compress, mtime=0)
"""The same bytes at any time: they stand in the names of the tests."""


def test_the_same_study_packed_and_plain(tmp_path: Path) -> None:
    plain = read(tmp_path, {"v.csv": VITALS})
    packed = read(tmp_path, {"v.csv.gz": compress(VITALS.encode())})
    tabbed = read(tmp_path, {"v.tsv.gz": compress(VITALS.replace(",", "\t").encode())})
    for study in (packed, tabbed):
        assert study.vitals.table.drop(columns="sheet").equals(plain.vitals.table.drop(columns="sheet"))
    assert packed.sheets[0].file == "v.csv.gz" and packed.inputs[0].name == "v.csv.gz"


def test_two_members_in_one_file_and_a_name_in_capitals(tmp_path: Path) -> None:
    half = len(VITALS) // 2
    path = tmp_path / "V.CSV.GZ"
    path.write_bytes(compress(VITALS[:half].encode()) + compress(VITALS[half:].encode()))
    assert len(read_study([path], Settings()).vitals) == 3


def test_the_same_content_packed_and_plain_is_read_once(tmp_path: Path) -> None:
    study = read(tmp_path, {"v.csv": VITALS, "v.csv.gz": compress(VITALS.encode())})
    assert len(study.vitals) == 3 and len(told(study, "file-given-twice")) == 1


WHOLE = compress(VITALS.encode())


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("v.csv.gz", WHOLE[:-20], "damaged-gzip"),
        ("v.csv.gz", WHOLE[:40] + b"\xff" * 8 + WHOLE[48:], "damaged-gzip"),
        ("v.csv.gz", WHOLE + b"rubbish", "damaged-gzip"),
        ("v.csv.gz", VITALS.encode(), "not-gzip"),
        ("v.csv.gz", compress(b""), "empty-file"),
        ("v.csv.gz", compress(b"<html><table>"), "really-html"),
        ("v.csv", WHOLE, "really-gzip"),
        ("v.xlsx.gz", WHOLE, "unsupported-file"),
        ("v.gz", WHOLE, "unsupported-file"),
    ],
)
def test_what_is_no_packed_table_is_refused_in_one_line(
    tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    assert [i.code for i in refusals(tmp_path, {name: data})][:1] == [code]


def test_a_bomb_is_counted_and_never_kept(tmp_path: Path) -> None:
    import tracemalloc

    bomb = compress(b"subject_id,datetime\n" + b"0" * 60_000_000)
    assert len(bomb) < 100_000
    tracemalloc.start()
    refused = refusals(tmp_path, {"v.csv.gz": bomb}, max_unpacked_mb=20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [i.code for i in refused] == ["unpacks-too-large"] and peak < 15_000_000

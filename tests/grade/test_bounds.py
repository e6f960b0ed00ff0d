"""Flip any one bound of the CRS and ICANS tables, and a golden sentence fails."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from senl_ae.grade.rules.scales import load_scales, scale_from
from senl_ae.vocabulary.items import tables_folder
from tests.golden.run import check, golden_cases, graded_tables, read_cases

FLIPPED = {"ge": "gt", "gt": "ge", "le": "lt", "lt": "le"}
FILES = ("astct_crs_2019.toml", "astct_icans_2019.toml")


def bounds(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every bound key in a parsed table."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in FLIPPED and not isinstance(value, list):
                yield (*path, key)
            else:
                yield from bounds(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from bounds(value, (*path, number))


def flipped(raw: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    out = copy.deepcopy(raw)
    node: Any = out
    for step in path[:-1]:
        node = node[step]
    node[FLIPPED[path[-1]]] = node.pop(path[-1])
    return out


ALL = [
    (name, path)
    for name in FILES
    for path in bounds(tomllib.loads((tables_folder() / name).read_text(encoding="utf-8")))
]


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return read_cases(tmp_path_factory.mktemp("bounds"), golden_cases())


def test_there_are_bounds_to_flip() -> None:
    assert len(ALL) > 25


@pytest.mark.parametrize(
    ("name", "path"), ALL, ids=lambda p: "-".join(map(str, p)) if isinstance(p, tuple) else p
)
def test_a_flipped_bound_is_noticed(name: str, path: tuple[Any, ...], studies: dict[str, Any]) -> None:
    raw = tomllib.loads((Path(tables_folder()) / name).read_text(encoding="utf-8"))
    wrong = scale_from(name, flipped(raw, path))
    scales = {k: v for k, v in load_scales().items() if v.course != "laboratory"} | {wrong.id: wrong}
    tables = graded_tables(studies, scales)
    assert any(check(case, tables[case.study]) for case in golden_cases())

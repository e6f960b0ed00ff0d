"""Grading tables are checked on load: every mistake with the file, the rule and the nearest known name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from senl_ae.grade.rules.engine import evaluate, read_twice
from senl_ae.grade.rules.scales import Condition, Rule, load_scales, scale_from
from senl_ae.vocabulary.items import TableError

RULE = {"id": "toy-1", "grade": 1, "when": {"temperature": {"ge": 39}}, "says": "hot"}
HEAD = {"id": "toy", "title": "Toy"}


def scale(**rule: object):
    return scale_from("toy.toml", {"scale": HEAD, "rule": [RULE | rule]})


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"gade": 2}, ("rule toy-1", "gade", "grade")),
        ({"when": {"temprature": {"ge": 39}}}, ("rule toy-1", "temprature", "temperature")),
        ({"when": {"temperature": {"gte": 39}}}, ("toy-1", "gte", "ge")),
        ({"when": {"temperature": {"ge": "hot"}}}, ("temperature", "hot")),
        ({"when": {"oxygen_device": {"is": "nasal_canula"}}}, ("nasal_canula", "nasal_cannula")),
        ({"when": {"oxygen_device": {"in": []}}}, ("oxygen_device",)),
        ({"when": {"sbp": {"lt": {"of": "moon"}}}}, ("sbp", "moon")),
        ({"when": {}}, ("when is missing",)),
        ({"grade": 0}, ("grade = 0",)),
        ({"grade": 6}, ("grade = 6",)),
        ({"grade": True}, ("grade = True",)),
        ({"ceiling": 1}, ("ceiling 1", "above grade 1")),
        ({"grade": None}, ("grade",)),
    ],
)
def test_a_mistake_is_refused_with_its_place(rule: dict[str, object], words: tuple[str, ...]) -> None:
    with pytest.raises(TableError) as caught:
        scale(**rule)
    assert "toy.toml" in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(TableError) as caught:
        scale_from("toy.toml", {"scale": {"id": "toy", "titel": "x"}, "rule": [RULE | {"gade": 1}, RULE]})
    assert {"titel", "gade", "stands twice"} <= {
        w for w in ("titel", "gade", "stands twice") if w in str(caught.value)
    }


def test_a_toy_scale_needs_no_more_than_an_id_a_title_and_rules() -> None:
    toy = scale()
    assert (toy.syndrome, toy.assessed_in, toy.course) == ("toy", "vitals", "grades")


def test_a_scale_that_asks_of_the_neurological_checks_alone_is_read_from_them() -> None:
    assert scale(when={"gcs": {"le": 8}}).assessed_in == "neuro"


def test_a_scale_id_is_never_taken_twice(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        '[scale]\nid = "astct-crs-2019"\ntitle = "x"\n[[rule]]\nid = "a"\ngrade = 1\nwhen = { temperature = { ge = 39 } }\nsays = "x"\n',
        encoding="utf-8",
    )
    with pytest.raises(TableError, match=r"is taken by astct_crs_2019\.toml"):
        load_scales([tmp_path])


def test_the_programs_own_tables_say_what_they_mean_and_where_it_stands() -> None:
    for found in load_scales().values():
        assert found.source and found.version and found.syndrome, found.id
        for rule in found.rules:
            assert rule.says and rule.says != rule.id, f"{found.id}: {rule.id}"


def test_a_rule_that_only_flags_raises_no_grade_and_no_ceiling() -> None:
    rule = Rule("note", "a", (Condition("value", "ge", 1.0),), "worth a look", flag="note")
    items = {"value": np.array([2.0])}
    reading = read_twice([rule], items, items, 1)
    assert np.isnan(reading.grade()).all() and reading.ceiling().tolist() == [0]
    assert evaluate([rule], items, 1).ceiling.tolist() == [0]

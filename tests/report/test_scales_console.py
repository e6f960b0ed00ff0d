"""Settings and scales on the terminal."""

from __future__ import annotations

import tomllib

import pytest
from screen import flat, printed

from senl_ae.grade.rules.scales import load_scales
from senl_ae.grade.rules.vocabulary import DERIVED, derived_items
from senl_ae.issues import Refused
from senl_ae.report import words
from senl_ae.report.scales_console import items_view, scale_view, scales_view
from senl_ae.report.settings_console import settings_view, toml
from senl_ae.scale import Condition, Factor, Rule
from senl_ae.settings import Settings
from senl_ae.settings import flat as values


def test_every_setting_is_shown_with_what_it_decides() -> None:
    text = flat(settings_view(Settings.model_validate({"safety_window_days": 28})))
    for name, field in Settings.model_fields.items():
        assert name in text and (field.description or "") in text
    assert "safety_window_days 28 30 last study day" in text
    assert "1 of" in text


def test_values_are_written_as_the_settings_file_takes_them() -> None:
    settings = Settings.model_validate(
        {"date_order": {"*": "dmy"}, "columns": {"体温": "temperature"}, "study": "a b"}
    )
    for name, value in values(settings).items():
        if value is not None:
            assert (
                tomllib.loads(f"{name} = {toml(value)}")[name] == pytest.approx(value)
                if isinstance(value, float)
                else True
            )
            assert Settings.model_validate({name: tomllib.loads(f"{name} = {toml(value)}")[name]})


def test_every_rule_of_every_scale_is_shown() -> None:
    scales = load_scales()
    listed = flat(scales_view(scales))
    for scale in scales.values():
        assert scale.id in listed
        shown = flat(scale_view(scales, scale.id))
        for rule in scale.rules:
            assert rule.id in shown and rule.says in shown and words.conditions(rule) in shown


def test_an_unknown_scale_is_refused_with_the_nearest() -> None:
    with pytest.raises(Refused) as refused:
        scale_view(load_scales(), "astct-crs-2018")
    assert "the nearest is astct-crs-2019" in refused.value.issues.found[0].sentence()


def test_items() -> None:
    text = printed(items_view(derived_items()), 200)
    for name in (*DERIVED, "temperature", "ice_total", "seizure"):
        assert name in text


def test_conditions_in_words() -> None:
    def say(item: str, op: str, value: object) -> str:
        return words.condition(Condition(item, op, value))  # type: ignore[arg-type]

    assert say("temperature", "ge", 38.0) == "temperature >= 38 C"
    assert say("sbp", "lt", Factor(1, "sbp_limit")) == "systolic pressure < systolic limit"
    assert say("value", "gt", Factor(1.5, "uln", 0.5)) == "value > 1.5 x ULN + 0.5"
    assert say("oxygen_device", "in", ("cpap", "room_air")) == "oxygen device is one of: CPAP, room air"
    assert say("fluid_bolus", "eq", 1.0) == "fluid bolus: yes"
    assert words.gives(Rule("x", "a", (), "says", grade=2, ceiling=4)) == "2 (<=4)"
    assert words.gives(Rule("x", "a", (), "says", ceiling=4)) == "<=4"


def test_what_would_settle_it() -> None:
    assert words.settle("ice_total;ice_score") == "an ICE score"
    assert (
        words.settle("oxygen_flow;sbp") == "the oxygen flow in L/min; a systolic blood pressure at that time"
    )
    assert words.grade_text(float("nan"), 4.0) == "NE (<=4)"
    assert words.grade_text(2.0, 2.0) == "2"


def test_every_question_a_table_asks_has_words() -> None:
    for scale in load_scales().values():
        for rule in scale.rules:
            if rule.missing:
                assert rule.missing in words.MISSING or words.title(rule.missing) == rule.missing, rule.id
            if rule.flag:
                assert rule.flag in words.FLAGS, rule.flag

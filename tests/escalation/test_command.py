"""`senl-ae escalate`, as it is typed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.running import Ended, here

RATES = "0.05,0.15,0.30,0.45,0.60"


def lines(ended: Ended) -> list[list[str]]:
    return [line.split() for line in ended.out.splitlines()]


def test_decision_table_on_the_terminal_and_as_a_file(tmp_path: Path) -> None:
    done = here("escalate", "--table", "--design", "boin", "--target", "0.3", "--out", tmp_path / "t.csv")
    assert done.code == 0 and done.err == ""
    assert ["6", "1", "3", "4"] in lines(done) and ["1", "0", "1", "-"] in lines(done)
    assert "A rule's word is no decision" in " ".join(done.out.split())
    rows = list(csv.DictReader((tmp_path / "t.csv").open(encoding="utf-8")))
    assert list(rows[0]) == ["design", "target", "n", "dlt", "decision"] and len(rows) == sum(range(2, 14))
    assert {"design": "boin", "target": "0.3", "n": "6", "dlt": "1", "decision": "E"} in rows


def test_characteristics_on_the_terminal_and_as_a_file(tmp_path: Path) -> None:
    words = ("escalate", "--simulate", "--design", "boin", "--target", "0.3", "--p", RATES, "--cohorts", "10")
    done = here(*words, "--out", tmp_path / "oc.csv")
    assert done.code == 0
    assert ["Level", "3", "0.3", "54.6", "11.16", "3.35"] in lines(done)
    rows = list(csv.DictReader((tmp_path / "oc.csv").open(encoding="utf-8")))
    [chosen] = [r for r in rows if r["level"] == "Level 3" and r["figure"] == "chosen"]
    assert float(chosen["value"]) == pytest.approx(0.54633, abs=5e-6) and chosen["standard_error"] == ""


def test_drawn_trials_say_their_errors_and_seed() -> None:
    words = ("escalate", "--simulate", "--design", "boin", "--p", RATES, "--cohorts", "10", "--trials", "500")
    done = here(*words, "--seed", "4")
    assert "500 drawn trials, seed 4" in done.out and "standard error" in done.out
    assert done.out == here(*words, "--seed", "4").out != here(*words, "--seed", "5").out


def test_scenarios_of_a_file_and_levels_of_the_settings(tmp_path: Path) -> None:
    settings = tmp_path / "senl-ae.toml"
    settings.write_text('[escalation]\ndesign = "3+3"\nlevels = ["DL1", "DL2"]\n', encoding="utf-8")
    file = tmp_path / "s.csv"
    file.write_text("name,DL1,DL2\nlow,0.05,0.1\nhigh,0.4,0.6\n", encoding="utf-8")
    done = here("escalate", "--simulate", "--scenarios", file, "--config", settings)
    assert done.code == 0 and "low: how the design behaves" in done.out and "high: how" in done.out
    assert [words[:2] for words in lines(done) if words[:1] == ["DL2"]] == [["DL2", "0.1"], ["DL2", "0.6"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "both or neither of --table and --simulate"),
        (("--table",), "no escalation design"),
        (("--table", "--design", "bion"), "escalation.design"),
        (("--table", "--design", "boin", "--target", "0.04"), "escalation.target"),
        (("--table", "--design", "boin", "--target", "0.61"), "escalation.target"),
        (("--simulate", "--design", "boin", "--p", "0.1,0.2"), "--simulate without --cohorts"),
        (("--simulate", "--design", "3+3"), "both or neither of --p and --scenarios"),
        (("--simulate", "--design", "3+3", "--p", "0.1,x"), "numbers, as 0.05,0.15,0.30"),
        (("--simulate", "--design", "3+3", "--p", "0.1,1.01"), "one share from 0 to 1"),
        (("--simulate", "--design", "3+3", "--p", "0.2,0.1"), "--force simulates them as they are"),
        (("--table", "--design", "boin", "--out", "t.txt"), "ends in .csv"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_line(words: tuple[str, ...], said: str) -> None:
    done = here("escalate", *words)
    assert done.code == 1 and len(done.err.splitlines()) == 1
    assert done.err.startswith("refuse: ") and said in done.err


def test_falling_rates_are_simulated_when_forced() -> None:
    assert here("escalate", "--simulate", "--design", "3+3", "--p", "0.2,0.1", "--force").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[escalation]\ndesgin = "boin"\n', "design, the nearest known name"),
        ('[escalation]\ndesign = "boin"\nlevels = ["DL1", "DL1"]\n', "named twice: DL1"),
        ('[escalation]\ndesign = "boin"\nlevels = ["DL1"]\nstart = "DL2"\n', "start is none of the levels"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    done = here("escalate", "--table", "--config", tmp_path / "s.toml")
    assert done.code == 1 and said in done.err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('design = "3+3"\ncohort_size = 2', "cohorts of 3"),
        ('design = "3+3"\nstop_n = 6', "stop_n"),
        ('design = "3+3"\ne1 = 0.05', "e1"),
        ('design = "mtpi"\nbound_mtd = true', "bound_mtd"),
        ('design = "mtpi"\nextra_safe = true', "extra_safe"),
        ('design = "boin"\nallow_fill = false', "allow_fill"),
        ('design = "mtpi"\ntarget = 0.05', "above 0"),
        ('design = "keyboard"\ntarget = 0.60\ne2 = 0.40', "below 1"),
    ],
)
def test_what_a_design_does_not_have_is_refused(tmp_path: Path, settings: str, said: str) -> None:
    (tmp_path / "s.toml").write_text(f"[escalation]\n{settings}\n", encoding="utf-8")
    rates = ("--simulate", "--p", "0.1,0.2,0.3", "--cohorts", "4")
    for asked in (("--table",), rates):
        done = here("escalate", *asked, "--config", tmp_path / "s.toml")
        assert (done.code, len(done.err.splitlines())) == (1, 1) and said in done.err


def test_options_of_the_design_in_the_settings_do_not_follow_another_design(tmp_path: Path) -> None:
    """The levels, the target and the cohorts do."""
    text = '[escalation]\ndesign = "boin"\ntarget = 0.25\nextra_safe = true\nlevels = ["DL1", "DL2"]\n'
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    done = here(
        "escalate",
        "--simulate",
        "--design",
        "mtpi",
        "--p",
        "0.1,0.3",
        "--cohorts",
        "3",
        "--config",
        tmp_path / "s.toml",
    )
    assert done.code == 0 and "DL2" in done.out and "target 0.25" in " ".join(done.out.split())

"""The program agrees with the independent scalar grader on every assessment, date, episode and figure of fictional studies."""

from __future__ import annotations

import pytest
from compare import account, compare

STUDIES = [
    (101, 700, "everything"),
    (102, 300, "timed"),
    (103, 250, "daily"),
    (104, 300, "strict"),
    (105, 150, "no-vasopressors"),
    (106, 150, "no-oxygen"),
    (107, 150, "merged"),
    (108, 250, "ruled"),
]


@pytest.mark.parametrize(("seed", "subjects", "profile"), STUDIES, ids=[s[2] for s in STUDIES])
def test_agrees_with_the_scalar_grader(seed: int, subjects: int, profile: str) -> None:
    study, found = compare(seed, subjects, profile)
    if found:
        kind, name, where, here, there = found[0]
        subject = next(s for s in study["subjects"] if s["subject_id"] == name)
        pytest.fail(
            f"{len(found)} differences; {kind} {where}: program {here}, oracle {there}\n{account(subject)}"
        )

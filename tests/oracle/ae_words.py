"""What the cells of a reported event say: grades, yes and no, relation, outcome, names that are one name."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

SPELLINGS = (("ae", "e"), ("oe", "e"), ("our", "or"))
SEVERITY = {
    "mild": (1, 1), "moderate": (2, 2), "severe": (3, 4), "life-threatening": (4, 4), "life threatening": (4, 4),
    "fatal": (5, 5), "轻度": (1, 1), "中度": (2, 2), "重度": (3, 4),
}  # fmt: skip
ROMAN = {"Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3, "Ⅳ": 4, "Ⅴ": 5, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5}
YES = {"yes", "y", "true", "1", "是", "有", "+"}
NO = {"no", "n", "false", "0", "否", "无", "-"}
RELATED = {
    "related", "definite", "definitely related", "probable", "probably related", "possible", "possibly related",
    "肯定有关", "很可能有关", "可能有关",
}  # fmt: skip
UNRELATED = {"unlikely", "unlikely related", "not related", "unrelated", "none", "可能无关", "无关"}
UNASSESSABLE = {"unassessable", "无法判定"}
OUTCOMES = {
    "resolved": "resolved", "recovered/resolved": "resolved", "resolving": "resolving",
    "recovering/resolving": "resolving", "not resolved": "not resolved",
    "not recovered/not resolved": "not resolved", "sequelae": "sequelae",
    "recovered/resolved with sequelae": "sequelae", "fatal": "fatal", "unknown": "unknown",
}  # fmt: skip


@cache
def fold(text: str) -> str:
    """Names that are one name fold to one text: case, width, spaces, British and American spelling."""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    for british, american in SPELLINGS:
        text = text.replace(british, american)
    return text


def yes_no(typed: str) -> str:
    """yes, no, or blank where the cell says neither."""
    word = typed.strip().casefold()
    return "yes" if word in YES else "no" if word in NO else ""


def relation(typed: str) -> tuple[str, bool]:
    """yes or no or blank, and whether it was said to be unassessable, which counts as yes."""
    word = typed.strip().casefold()
    if word in UNASSESSABLE:
        return "yes", True
    if word in RELATED:
        return "yes", False
    return ("no" if word in UNRELATED else yes_no(typed)), False


def outcome(typed: str) -> str:
    return OUTCOMES.get(typed.strip().casefold(), "")


def grade(typed: str) -> tuple[int | None, int | None]:
    """Grade and ceiling of a typed grade; both None where the cell is blank or says no whole grade of 0-5."""
    text = unicodedata.normalize("NFKC", typed).strip().upper()
    text = re.sub(r"^(GRADE|G)\s*|级$", "", text).strip()
    bounds = re.fullmatch(r"([0-5])-([0-5])", text)
    if bounds:
        return int(bounds[1]), int(bounds[2])
    if text in ROMAN:
        return ROMAN[text], ROMAN[text]
    return (int(text), int(text)) if re.fullmatch(r"[0-5]", text) else (None, None)


def severity(typed: str) -> tuple[int | None, int | None]:
    return SEVERITY.get(typed.strip().casefold(), (None, None))

"""How many per litre a unit of a count says: every power of ten over every volume, by rule.

`10^9/L`, `x10(9)/L`, `10*3/uL`, `K/cumm`, `Thou/uL`, `GI/L`, `cells/mm3`, `万/uL` and `1/uL` differ only in a power of ten, so that each is
rescaled exactly. The words for powers, volumes and "cells" stand in the vocabulary (units.toml, [counts]).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from senl_ae.vocabulary.folding import plain_powers

LONGEST = 40
"""Longer text is no unit."""

_ONES = re.compile(r"1(0*)")
_POWER = re.compile(r"10(?:\^|\*\*|\*|e|x|'|~)?(\d{1,2})|1e(\d{1,2})")


@dataclass(frozen=True, eq=False)
class CountWords:
    """Words of units of counts, folded: powers of ten, volumes by how many of them make a litre, and what is counted."""

    powers: Mapping[str, int]
    volumes: Mapping[str, int]
    counted: frozenset[str]

    @classmethod
    def of(
        cls, powers: Mapping[str, Sequence[str]], volumes: Mapping[str, Sequence[str]], counted: Sequence[str]
    ) -> CountWords:
        """The words as the table lists them, by the power of ten that each stands for."""
        return cls(
            {_folded(word): int(power) for power, words in powers.items() for word in words},
            {_folded(word): int(power) for power, words in volumes.items() for word in words},
            frozenset(_folded(word) for word in counted),
        )

    @cached_property
    def _over(self) -> re.Pattern[str]:
        volumes = "|".join(map(re.escape, sorted(self.volumes, key=lambda w: (-len(w), w))))
        return re.compile(rf"(?P<many>.*?)(?:(?:/|per)(?P<volume>{volumes})|(?P<inverse>{volumes})\^?-1)")

    @lru_cache(maxsize=4096)  # noqa: B019  one vocabulary lives as long as the program
    def power(self, unit: str) -> int | None:
        """The power of ten of one such unit, counted per litre: 9 for 10^9/L and for K/uL; None for what is no unit of a count."""
        m = self._over.fullmatch(_folded(unit)) if len(unit) <= LONGEST else None
        if m is None:
            return None
        many = self._without_counted(m["many"])
        ten = self._ten(many)
        return None if ten is None else ten + self.volumes[m["volume"] or m["inverse"]]

    def _without_counted(self, many: str) -> str:
        """`10^9cells` and `cellsx10^9` without what is counted."""
        for word in sorted(self.counted, key=len, reverse=True):
            many = many.removesuffix(word) if many.endswith(word) else many.removeprefix(word)
        return many

    def _ten(self, many: str) -> int | None:
        """The power of ten that stands before the volume: 3 for 10^3, 10(3), x1000 and K, 0 for nothing."""
        many = many.lstrip("x×*·")
        if not many:
            return 0
        if many in self.powers:
            return self.powers[many]
        if ones := _ONES.fullmatch(many):
            return len(ones[1])
        m = _POWER.fullmatch(many)
        return int(m[1] or m[2]) if m and many.startswith("1") else None


def _folded(text: str) -> str:
    """Case, width, spaces, dots and brackets put aside; a power in brackets keeps its mark: 10(9) is 10^9."""
    t = (
        unicodedata.normalize("NFKC", plain_powers(text))
        .casefold()
        .replace("μ", "u")
        .replace("mcl", "ul")
        .replace("m^3", "m3")
    )
    t = re.sub(r"(?<=10)\s*\(\s*(\d{1,2})\s*\)", r"^\1", t)
    return re.sub(r"[\s.,_(){}\[\]]", "", t)

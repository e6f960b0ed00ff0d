"""Whether two spellings of a subject's id are one subject: never guessed. Between sheets they are refused until the settings say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.rows.reading import Reading
from senl_ae.vocabulary.folding import seen

SHOWN = 10
"""So many subjects are named in one message."""
_UNSEEN = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp"})


def bare(name: str) -> str:
    """An id without what people and programs change unseen: leading zeros, case, the kind of dash, spaces, characters without a width."""
    kinds = [(c, unicodedata.category(c)) for c in unicodedata.normalize("NFKC", name).casefold()]
    text = "".join("-" if kind == "Pd" or c == "−" else c for c, kind in kinds if kind not in _UNSEEN)
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"^(\d+)\.0+$", r"\1", text))


def name_subjects(readings: Sequence[Reading], stated: Mapping[str, str]) -> list[Issue]:
    """Give each row the subject that the settings say its id means, and refuse ids that differ between sheets only in their spelling."""
    for reading in readings:
        if stated:
            codes, names = pd.factorize(reading.rows.subject_id)
            meant = np.array([*(stated.get(str(name), name) for name in names), None], dtype=object)
            reading.rows.subject_id = meant[codes]
    return list(_refuse_differing(readings, stated))


def _ids_by_sheet(readings: Sequence[Reading]) -> list[tuple[Reading, set[str]]]:
    return [
        (reading, {str(name) for name in pd.unique(reading.rows.subject_id) if name}) for reading in readings
    ]


def _refuse_differing(readings: Sequence[Reading], stated: Mapping[str, str]) -> Iterator[Issue]:
    """Refuse each group of alike ids that some sheet has and another has otherwise, unless a sheet of subjects lists all of them."""
    sheets = _ids_by_sheet(readings)
    groups: dict[str, set[str]] = {}
    for name in set().union(*(ids for _, ids in sheets)) if sheets else ():
        groups.setdefault(bare(name), set()).add(name)
    apart = {name for name, meant in stated.items() if name == meant}
    for group in sorted(sorted(g) for g in groups.values() if len(g) > 1):
        open_ = set(group) - apart
        told = [(reading, ids & set(group)) for reading, ids in sheets if ids & set(group)]
        listed = any(reading.layout.domain == "subjects" and open_ <= ids for reading, ids in told)
        if len(open_) < 2 or listed or all(ids == set(group) for _, ids in told):
            continue
        one, other = _two_that_differ(told, open_, group)
        table = one[0].rows.table
        yield Issue(
            "refuse",
            "subject-ids-differ",
            file=table.file,
            sheet=table.sheet,
            subject_id=one[1],
            found=f'subject ids "{seen(one[1])}" ({_place(one[0])}) and "{seen(other[1])}" ({_place(other[0])}) differ only '
            "in leading zeros, case, dashes, spaces or characters that are not seen",
            expected="one spelling per subject in all sheets",
            done=f'write them alike, or say in senl-ae.toml, under [ids]: "{seen(one[1])}" = "{seen(other[1])}" if they are one '
            f'subject, "{seen(one[1])}" = "{seen(one[1])}" if they are two',
        )


def _two_that_differ(
    told: Sequence[tuple[Reading, set[str]]], open_: set[str], group: Sequence[str]
) -> tuple[tuple[Reading, str], tuple[Reading, str]]:
    """Two spellings, the one that is not (or less) at home on a sheet of subjects first, each with a sheet that has it."""
    subjects = {name for reading, ids in told if reading.layout.domain == "subjects" for name in ids}
    strange = sorted(open_, key=lambda name: (name in subjects, name))[0]
    other = next(
        (n for n in sorted(group, key=lambda name: (name not in subjects, name)) if n != strange), strange
    )
    return tuple((next(reading for reading, ids in told if name in ids), name) for name in (strange, other))  # type: ignore[return-value]


def _place(reading: Reading) -> str:
    table = reading.rows.table
    return f'sheet "{table.sheet}"' if table.sheet else table.file


def tell_without_rows(
    subjects: pd.DataFrame, readings: Sequence[Reading], infused: np.ndarray
) -> Iterator[Issue]:
    """Name subjects that were infused and stand on no other sheet than the one that lists them, where others do."""
    elsewhere = {
        name
        for reading, ids in _ids_by_sheet(readings)
        if reading.layout.domain != "subjects"
        for name in ids
    }
    listed = (subjects["sheet"].to_numpy() >= 0) & infused
    for name in subjects["subject_id"].to_numpy()[listed].tolist() if elsewhere else ():
        if name not in elsewhere:
            yield Issue(
                "set aside",
                "subject-without-rows",
                subject_id=str(name),
                found=f"subject {name} was infused, and no other sheet has a row of it",
                expected="rows under the same id",
                done="nothing of it can be graded; check how its id is written on the other sheets",
            )


def note_similar(ids: Sequence[str]) -> Iterator[Issue]:
    """Ids of one study that differ only in what `bare` leaves out, or in a dash, are probably one subject: never merged, always named."""
    alike: dict[str, list[str]] = {}
    for name in sorted(set(ids)):
        alike.setdefault(re.sub(r"[_\-]+", "", bare(name)), []).append(name)
    for group in alike.values():
        if len(group) > 1:
            yield Issue(
                "note",
                "similar-subject-ids",
                subject_id=group[0],
                found="subject ids that differ only in zeros, case, dashes or what is not seen: "
                + ", ".join(seen(name) for name in group[:SHOWN]),
                expected="one spelling per subject",
                done="kept apart; write them alike if they are one subject",
            )

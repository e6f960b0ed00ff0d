"""What a rule may ask about: the items that are read, and those the timeline and the signs work out from them."""

from __future__ import annotations

from senl_ae.vocabulary.items import load_items, per_vocabulary

OXYGEN_WORDS = (
    "room_air",
    "refused",
    "nasal_cannula",
    "blow_by",
    "simple_mask",
    "partial_rebreather",
    "nonrebreather",
    "venturi",
    "face_tent",
    "face_mask",
    "high_flow_nasal_cannula",
    "cpap",
    "bipap",
    "niv",
    "ventilator",
    "ecmo",
    "bag_mask",
    "artificial_airway_oxygen",
    "oxygen",
    "excused",
)

DERIVED: dict[str, tuple[tuple[str, ...], str]] = {
    "fever": ((), "1 where a rule of the axis fever holds and no ruling removed it"),
    "fever_gate": (
        ("open", "closed"),
        "open from the date of a run's first measured fever to the end of the run",
    ),
    "sbp_limit": ((), "systolic limit in mmHg: the subject's own, else by age"),
    "sbp_recorded": ((), "1 where there is a systolic pressure, carried or not"),
    "pressure_recorded": ((), "1 where there is a systolic or mean pressure, carried or not"),
    "vasopressors": ((), "counted vasopressors running: 1 where at least one is"),
    "vasopressors_together": ((), "counted vasopressors proven to run together"),
    "vasopressin_alone": ((), "1 where vasopressin or terlipressin runs and no counted vasopressor"),
    "vasopressors_known": ((), "1 where the record says whether a vasopressor runs"),
    "oxygen_device": (
        OXYGEN_WORDS,
        "the device that gives the highest grade there; excused where it does not count",
    ),
    "oxygen_flow_recorded": ((), "1 where that device has a flow"),
    "oxygen_known": ((), "1 where the record says whether oxygen is given"),
    "ventilation_excused": ((), "1 where ventilation is excused as airway protection or seizure"),
    "ice_score": ((), "ICE total 0-10 of a subject whose tool it is; the better end of its range"),
    "ice_unable": ((), "1 where ICE could not be performed for a neurological reason"),
    "ice_none": ((), "1 where ICE is 0 or could not be performed"),
    "capd_score": ((), "CAPD total 0-32 of a subject whose tool it is; the better end of its range"),
    "capd_unable": ((), "1 where CAPD could not be performed for a neurological reason"),
    "consciousness": (
        ("awake", "voice", "touch", "pain", "vigorous_touch", "unarousable", "stupor", "coma", "clouded"),
        "the worst of consciousness, AVPU (P is pain) and RASS; not assessed under sedation",
    ),
    "consciousness_recorded": ((), "1 where consciousness was assessed"),
    "seizure_minutes_recorded": ((), "1 where the duration of a seizure is known"),
    "sedated_after_icans": (
        (),
        "1 where sedation leaves nothing to grade within 24 hours of a grade of 1 or more",
    ),
    "died_of_this": ((), "1 at a death whose recorded cause is this syndrome"),
    "died_in_course": (
        (),
        "1 at the last graded assessment before a death without a recorded cause, the run still open",
    ),
}
"""Derived item -> (its words, what it says)."""


@per_vocabulary
def known_items() -> dict[str, tuple[str, ...]]:
    """Every item a rule may name, with its listed words (empty for numbers)."""
    names = {name: tuple(item.words) for name, item in load_items().by_name.items()}
    names.update({name: words for name, (words, _) in DERIVED.items()})
    names.update(LABORATORY)
    return names


LABORATORY: dict[str, tuple[str, ...]] = {
    "value": (),
    "uln": (),
    "lln": (),
    "baseline": (),
    "age": (),
    "baseline_state": ("normal", "abnormal", "low", "missing"),
}
"""Columns of a laboratory row that its rules ask about, beside the yes/no columns of the sheet."""


def derived_items() -> dict[str, tuple[tuple[str, ...], str]]:
    """Item -> (its words, what it says) of all that rules may ask and no sheet holds, laboratory rows included."""
    meaning = {
        "value": "the laboratory value in its unit",
        "uln": "upper limit of normal",
        "lln": "lower limit of normal",
        "age": "age in completed years",
        "baseline": "the value before treatment",
        "baseline_state": "whether the baseline was within its range",
    }
    return {
        **DERIVED,
        **{name: (listed, meaning.get(name, "of a laboratory row")) for name, listed in LABORATORY.items()},
    }

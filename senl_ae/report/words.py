"""How rules, items, flags and open questions are said to people: the one place where a name of the program becomes words."""

from __future__ import annotations

import re

from senl_ae.scale import Condition, Factor, Rule, Scale
from senl_ae.vocabulary.items import load_items, per_vocabulary

FLAGS: dict[str, tuple[str, str]] = {
    "age-unknown": ("age unknown", "the age is not recorded: the rules for adults were applied"),
    "artificial-airway": (
        "artificial airway",
        "oxygen through a tube or tracheostomy, no ventilator recorded",
    ),
    "baseline-above-5-uln": (
        "high baseline",
        "the baseline is so far beyond the limit that the published steps do not fit",
    ),
    "baseline-in-other-unit": (
        "baseline in another unit",
        "the value before treatment is in a unit that cannot be compared with this one",
    ),
    "baseline-missing": ("no baseline", "no value before treatment: the baseline counts as normal"),
    "below-baseline-step": (
        "near abnormal baseline",
        "beyond the limit, but no worse than the baseline allows: grade 0",
    ),
    "below-published-band": ("below published band", "the value lies between two published bands"),
    "calcium-corrected": ("calcium corrected", "calcium was corrected for the albumin of the same draw"),
    "calcium-uncorrected": (
        "calcium uncorrected",
        "no albumin of the same draw: calcium is graded as reported",
    ),
    "capd-baseline-high": ("CAPD high before infusion", "the CAPD before the infusion was already abnormal"),
    "doubtful-treatment": (
        "doubtful treatment",
        "a treatment of that time may never have been given; nobody could read its status",
    ),
    "value-set-aside": ("value set aside", "a cell of this row could not be used; it is in the issue list"),
    "conflicting-values": (
        "conflicting values",
        "several rows of this time give different values: the worse was graded",
    ),
    "consciousness-missing": (
        "consciousness missing",
        "ICE 0 or not possible, and consciousness is not recorded",
    ),
    "consciousness-to-confirm": (
        "consciousness to confirm",
        "the word for consciousness has more than one reading: please confirm it",
    ),
    "day0-order-unknown": (
        "Day 0 order",
        "recorded on the date of the infusion without a time: graded as if after it",
    ),
    "derived-not-evaluable": ("NE before ruling", "without the ruling the record is not evaluable"),
    "duplicate-disagrees": (
        "values disagree",
        "several values of this test and time differ: the worse was graded",
    ),
    "fibrinogen-readings-differ": (
        "fibrinogen: two readings",
        "the two readings of the published text give different grades",
    ),
    "censored-above": (
        "above limit of detection",
        "the value lies above a limit (>): graded at both ends of what it can be",
    ),
    "censored-below": (
        "below limit of detection",
        "the value lies below a limit (<): graded at both ends of what it can be",
    ),
    "iechs-criteria-together": (
        "IEC-HS criteria",
        "the criteria recorded in the laboratory for IEC-HS were met together",
    ),
    "icaht-early-open": ("early ICAHT open", "early ICAHT could be higher: the counts do not cover all days"),
    "icaht-late-single-value": ("late ICAHT, one value", "late ICAHT rests on a single value"),
    "icaht-with-platelets": ("ICAHT with platelets", "platelets were graded beside neutrophils: a proposal"),
    "tumour-lysis-criteria-met": ("tumour lysis", "the laboratory criteria of tumour lysis were met"),
    "high-flow-device-at-low-flow": ("high-flow device, low flow", "a high-flow device run at a low flow"),
    "ice-not-done": ("no ICE or CAPD", "graded by another domain: the score itself was not done"),
    "inotrope": ("inotrope", "an inotrope runs; it does not count as a vasopressor"),
    "late-onset": ("late onset", "the first episode began late after the infusion"),
    "low-spo2-without-oxygen": ("low SpO2, no oxygen", "low saturation while no oxygen is recorded"),
    "no-worse-than-baseline": (
        "as before infusion",
        "no worse than the subject's own score before the infusion: proves nothing new",
    ),
    "not-assessed-for-another-reason": (
        "not assessable",
        "not assessed for a reason that is not neurological",
    ),
    "not-infused": ("not infused", "no infusion is recorded: nothing is graded"),
    "oxygen-refused": ("oxygen refused", "oxygen was offered and refused"),
    "present-before-infusion": (
        "signs before infusion",
        "fever, oxygen or a vasopressor was there before the infusion",
    ),
    "range-from-settings": (
        "range from settings",
        "the reference range is that of the settings, not of the row",
    ),
    "ruling": ("ruling", "an investigator's ruling applies"),
    "score-disagrees-with-items": (
        "score against items",
        "the total does not agree with its items: the items were used",
    ),
    "sedated": ("sedated", "sedated: scores and consciousness are not assessed"),
    "range-by-sex-unknown": (
        "range by sex",
        "the reference range is given by sex, and the subject's sex is not known: no limits",
    ),
    "sedated-after-icans": (
        "sedated after ICANS",
        "sedated soon after a grade of 1 or more: the syndrome may be hidden",
    ),
    "sign-without-fever": (
        "sign without fever",
        "hypotension or hypoxia before any fever: not counted as CRS",
    ),
    "support-records-differ": (
        "records differ",
        "the vitals row and the interventions disagree about support: the higher was taken",
    ),
    "support-without-end": (
        "support without end",
        "the support has no end recorded: it counts to the end of its first date",
    ),
    "unit-impossible": ("unit impossible", "the unit cannot be that of this test"),
    "unit-unknown": ("unit unknown", "no unit, or one that is not known for this test"),
    "vasopressin-alone": ("vasopressin alone", "vasopressin or terlipressin without another vasopressor"),
    "waiver-assumed": (
        "waiver assumed",
        "no fever and no recorded drug explains why fever is gone: the waiver is assumed",
    ),
    "within-range": (
        "within local range",
        "graded by an absolute bound though the value is within the laboratory's range",
    ),
    "wrong-tool-for-age": ("wrong tool for age", "ICE under 12 or CAPD from 12 on: shown, not graded"),
}
"""Flag -> how it is said in a table, and what it means."""
AFTER_CRS = re.compile(r"ferritin-(-?\d+)-days-after-crs")

MISSING: dict[str, str] = {
    "sbp": "a systolic blood pressure at that time",
    "oxygen_flow": "the oxygen flow in L/min",
    "oxygen_device": "the oxygen device, or that the subject was on room air",
    "oxygen_device, oxygen_flow": "the oxygen device and its flow in L/min",
    "vasopressors": "whether a vasopressor ran, and which",
    "overlap of the vasopressors": "start and end times of each vasopressor, to see whether two ran together",
    "ventilation": "whether a ventilator was used",
    "indication of the ventilation": "why the subject was ventilated",
    "spo2": "the oxygen saturation",
    "consciousness": "the state of consciousness at that check",
    "death_cause": "the cause of death",
    "temperature": "a temperature at that time, or within the hours before",
    "ice_total": "an ICE score",
    "ice_score": "the whole ICE score, and how it compares with that before the infusion",
    "capd_total": "a CAPD score",
    "capd_score": "the whole CAPD score, and how it compares with that before the infusion",
    "motor": "whether the weakness was deep and focal",
    "cerebral_oedema": "whether the oedema was focal or diffuse",
    "seizure duration": "how long the seizure lasted",
    "uncensored value": "the value itself, not a limit of detection",
    "published grade": "the grade by the published text, which leaves a gap here",
    'reading of "if abnormal"': 'how the study reads "if abnormal" in the published text',
    "fasting": "whether the subject had fasted",
    "uln": "the upper limit of normal",
    "lln": "the lower limit of normal",
    "symptomatic": "whether there were symptoms",
    "intervention": "whether it had to be treated",
    "hospitalised": "whether it led to an admission",
    "anticoagulated": "whether the subject was on anticoagulants",
    "transfused": "whether a transfusion was needed",
    "unit": "the unit of the value",
}
"""What would settle an open ceiling, by the names that the columns `missing` use."""
OPERATORS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "="}
TITLES = {
    "sbp": "systolic pressure",
    "map": "mean arterial pressure",
    "dbp": "diastolic pressure",
    "spo2": "SpO2",
    "fio2": "FiO2",
    "sbp_limit": "systolic limit",
    "sbp_recorded": "systolic pressure recorded",
    "uln": "ULN",
    "lln": "LLN",
    "rass": "RASS",
    "gcs": "GCS",
    "avpu": "AVPU",
    "icp_sign": "sign of raised pressure",
    "calcium_corrected": "corrected calcium",
    "calcium_ionized": "ionized calcium",
    "ck_mb": "CK-MB",
    "d_dimer": "D-dimer",
    "glucose_fasting": "fasting glucose",
    "gm_csf": "GM-CSF",
    "il12p70": "IL-12p70",
    "il17a": "IL-17A",
    "il1b": "IL-1 beta",
    "mcp1": "MCP-1",
    "nt_probnp": "NT-proBNP",
    "troponin_i": "troponin I",
    "troponin_t": "troponin T",
}
HEADINGS = {
    "temperature": "Temp",
    "sbp": "SBP",
    "map": "MAP",
    "oxygen_device": "Oxygen",
    "vasopressors": "Vaso-\npressors",
    "fever_gate": "Fever\ngate",
    "vasopressors_together": "Together",
    "seizure_minutes": "Seizure\n(min)",
    "fluid_bolus": "Fluid\nbolus",
}
"""Short headings; the others are the item's own name."""
SHORT = {
    "high_flow_nasal_cannula": "high flow",
    "nasal_cannula": "cannula",
    "nonrebreather": "non-rebreather",
}
"""Words that are said shorter in a narrow column."""
_CAPITALS = (
    "ALC ALP ALT ANC AST BNP CAPD CD4 CD25 CK CRP CXCL10 ESR FDP GGT HBDH ICAHT ICANS ICE IFN INR LDH MCV PT RBC SAA TNF WBC "
    "IgA IgG IgM aPTT eGFR pCO2 pH pO2"
)
CAPITALS = {name.lower(): name for name in _CAPITALS.split()} | {
    f"il{n}": f"IL-{n}" for n in (2, 4, 5, 6, 8, 10, 15, 18)
}
"""Parts of names that are written in capitals, as clinicians write them."""


def title(item: str) -> str:
    """An item's name as a person says it."""
    if item in TITLES:
        return TITLES[item]
    return " ".join(CAPITALS.get(part, part) for part in item.split("_"))


def heading(item: str) -> str:
    """An item's name over a narrow column."""
    return HEADINGS.get(item) or title(item)[0].upper() + title(item)[1:]


@per_vocabulary
def _units() -> dict[str, str]:
    return {item.column: item.unit for item in load_items().by_name.values() if item.unit and not item.is_lab}


def unit_of(item: str) -> str:
    return _units().get({"sbp_limit": "sbp", "ice_score": "", "capd_score": ""}.get(item, item), "")


def number(value: float) -> str:
    """A number as short as it can be said."""
    return f"{value:g}" if abs(value) < 1e6 else f"{value:,.0f}"


def word(value: object) -> str:
    """A listed word as a person says it."""
    text = str(value)
    return {"cpap": "CPAP", "bipap": "BiPAP", "niv": "NIV", "ecmo": "ECMO", "cn_vi_palsy": "CN VI palsy"}.get(
        text, text.replace("_", " ")
    )


def word_short(value: str) -> str:
    """A listed word in a narrow column."""
    return SHORT.get(value, word(value))


def condition(c: Condition, unit: str = "") -> str:
    """One cell of a rule in words: `temperature >= 38 C`."""
    if isinstance(c.value, tuple):
        return f"{title(c.item)} is one of: {', '.join(word(v) for v in c.value)}"
    if isinstance(c.value, str):
        return f"{title(c.item)} is {word(c.value)}"
    if isinstance(c.value, Factor):
        times = "" if c.value.times == 1 else f"{number(c.value.times)} x "
        plus = f" {'+' if c.value.plus > 0 else '-'} {number(abs(c.value.plus))}" if c.value.plus else ""
        return f"{title(c.item)} {OPERATORS[c.op]} {times}{title(c.value.of)}{plus}"
    if c.op == "eq" and c.value in (0.0, 1.0) and unit_of(c.item) == "":
        return f"{title(c.item)}: {'yes' if c.value == 1.0 else 'no'}"
    shown = unit if c.item == "value" else unit_of(c.item)
    return f"{title(c.item)} {OPERATORS[c.op]} {number(c.value)}{f' {shown}' if shown else ''}"


def conditions(rule: Rule) -> str:
    """Everything that must hold for a rule, in words."""
    return " and ".join(condition(c, rule.unit) for c in rule.when)


def gives(rule: Rule) -> str:
    """What a rule gives: its grade, and how high it leaves open."""
    if rule.grade is None:
        return f"<={rule.ceiling}"
    return f"{rule.grade} (<={rule.ceiling})" if rule.ceiling else str(rule.grade)


def _after_crs(days: int) -> str:
    """How a day lies to the last day of CRS."""
    if days == 0:
        return "on the last day of CRS"
    return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {'after' if days > 0 else 'before'} the last day of CRS"


def flag_short(flag: str) -> str:
    if flag.startswith("derived-grade-"):
        return f"derived grade {flag.removeprefix('derived-grade-')}"
    if days := AFTER_CRS.fullmatch(flag):
        return f"ferritin {_after_crs(int(days[1]))}"
    return FLAGS[flag][0] if flag in FLAGS else flag.replace("-", " ")


def flag_long(flag: str) -> str:
    """A flag explained in a sentence; a flag of a table from outside says its own name."""
    if flag.startswith("derived-grade-"):
        return f"without the ruling the grade is {flag.removeprefix('derived-grade-')}"
    if days := AFTER_CRS.fullmatch(flag):
        return f"the ferritin criterion of IEC-HS was met {_after_crs(int(days[1]))}"
    return FLAGS[flag][1] if flag in FLAGS else flag.replace("-", " ")


def settle(missing: str) -> str:
    """What would settle an open ceiling or make an assessment evaluable, in words; blank where nothing is asked for."""
    names = [name for name in missing.split(";") if name]
    # where a score is missing altogether, its comparison with the one before the infusion is not yet a question
    names = [
        name for name in names if not (name.endswith("_score") and name.replace("_score", "_total") in names)
    ]
    return "; ".join(MISSING.get(name, title(name)) for name in names)


def grade_text(grade: float | None, ceiling: float | None) -> str:
    """A grade and, where the record leaves a higher one open, how high: `2`, `2 (<=4)`, `NE`, `NE (<=4)`."""
    known = grade is not None and grade == grade
    shown = f"{grade:.0f}" if known else "NE"
    open_above = (
        ceiling is not None and ceiling == ceiling and ceiling > (grade if known and grade is not None else 0)
    )
    return f"{shown} (<={ceiling:.0f})" if open_above else shown


def source(scale: Scale, rule: Rule | None = None) -> str:
    """The paper a rule comes from."""
    paper = rule.source if rule is not None and rule.source else scale.source
    return f"{paper}{f', doi {scale.doi}' if scale.doi and paper == scale.source else ''}"

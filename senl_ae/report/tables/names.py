"""Names and numbers of the tables and formats, for help and checks; imports nothing."""

from __future__ import annotations

TABLES = {
    "overview": ("1", "Overview of toxicity and treatment"),
    "crs": ("2", "Cytokine release syndrome by maximum grade"),
    "icans": ("3", "Neurotoxicity (ICANS) by maximum grade"),
    "management": ("4", "Management of CRS and ICANS"),
    "crs-icans": ("5a", "ICANS in relation to CRS"),
    "crs-icans-grades": ("5b", "Maximum CRS grade by maximum ICANS grade"),
    "per-patient": ("6", "Subjects"),
    "daily": ("7", "Grade of each study day"),
    "adjudication": ("8a", "Derived grade before and after adjudication"),
    "episodes": ("8b", "Episodes"),
    "queries": ("8c", "Queries"),
    "crs-reported": ("9a", "Cytokine release syndrome by maximum grade"),
    "icans-reported": ("9b", "Neurotoxicity (ICANS) by maximum grade"),
    "agreement-crs": ("9c", "CRS: derived by reported grade"),
    "agreement-icans": ("9d", "ICANS: derived by reported grade"),
    "differences": ("9e", "Subjects whose derived and reported grades differ"),
    "laboratory-worst": ("10a", "Laboratory toxicity, worst grade by term"),
    "laboratory-shift": ("10b", "Laboratory toxicity, shift from baseline to worst grade"),
    "laboratory-cytopenia": ("10c", "Cytopenia, ICAHT and laboratory criteria"),
    "laboratory-iechs": ("10d", "Laboratory criteria of IEC-HS met"),
}
"""Name for `--table`, number and title in print, in the order of printing."""
LISTINGS = ("per-patient", "daily", "episodes", "queries", "differences", "laboratory-iechs")
FAMILIES = {
    "laboratory": tuple(name for name in TABLES if name.startswith("laboratory-")),
    "agreement": ("agreement-crs", "agreement-icans"),
}
"""One name for several tables."""
FORMATS = ("terminal", "xlsx", "csv", "json", "html", "docx", "rtf")
SOURCES = ("auto", "derived", "reported", "both")
BY_WORDS = {"dose_level": "dose level", "age_group": "age group", "sex": "sex", "disease": "disease", "site": "site", "cohort": "cohort"}

"""What stands on every page: the study, the cut-off, who is counted, by which scale, with which program and settings."""

from __future__ import annotations

from typing import Any

from senl_ae.report.count.cohort import Cohort
from senl_ae.report.count.folder import ResultsFolder, fingerprint

DERIVED = "derived from the record"
SOURCES = {
    "derived": DERIVED,
    "reported": "as reported by the investigator",
    "both": "derived from the record, with the investigator's grades beside them",
}
UNNAMED = "not named"
CUTOFF_COLUMNS = ("cutoff", "cutoff_date")


def about_page(
    results: ResultsFolder, cohort: Cohort, source: str, laboratory: str = "", events: str = ""
) -> dict[str, str]:
    """The lines of the page header, by name, in order; what the run does not say is said to be missing, never left out."""
    run = results.run
    return {
        "Study": str(run.get("study") or results.settings.get("study") or UNNAMED),
        "Data cut-off": _cutoff(results),
        "Population": f"all subjects infused, N = {cohort.n}; window Day 0-{cohort.window}",
        "Scale": "; ".join(_scales(run)) or "not stated",
        **({"Laboratory": laboratory} if laboratory else {}),
        **({"Adverse events": events} if events else {}),
        "Grades": SOURCES[source],
        "Program": f"senl-ae {run.get('version', 'version not stated')}",
        "Settings": f"SHA-256 {fingerprint(results.settings)}",
        "Grading tables": f"SHA-256 {fingerprint(_tables(run))}",
        "Run": str(run.get("time") or "not stated"),
    }


def _tables(run: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and hash of each grading table of the run."""
    return sorted((str(table["name"]), str(table["sha256"])) for table in run.get("grading_tables", ()))


def _scales(run: dict[str, Any]) -> list[str]:
    return [f"{scale['syndrome']}: {scale['version'] or scale['id']}" for scale in run.get("scales", ())]


def _cutoff(results: ResultsFolder) -> str:
    for column in CUTOFF_COLUMNS:
        if column in results.subjects:
            dates = sorted({str(value)[:10] for value in results.subjects[column] if value})
            if dates:
                return dates[-1] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return "not stated"

"""Table 3: neurotoxicity (ICANS) by maximum grade, with the lowest ICE, the highest CAPD and seizures."""

from __future__ import annotations

from senl_ae.report.count.long_results import Tally
from senl_ae.report.count.syndromes import Counted
from senl_ae.report.tables.syndromes.syndrome import syndrome_table
from senl_ae.report.tables.table import Counting


def neuro_figures(tally: Tally, counting: Counting, who: Counted, with_event: str) -> None:
    """The lowest ICE, the highest CAPD and seizures in the window, of the subjects with ICANS."""
    results = counting.results
    if not (results.has("neuro_figures") or tally.mock):
        return
    figures = results.frame("neuro_figures").set_index("subject_id").reindex(counting.cohort.ids)
    for label, name in (("Lowest ICE score", "ice_lowest"), ("Highest CAPD score", "capd_highest")):
        tally.spread(label, "", figures[name].to_numpy(dtype=float), who.any, with_event)
    tally.count("Seizure", "", figures["seizure"].to_numpy(dtype=float) == 1, of=who.any, of_is=with_event)


def missing(counting: Counting) -> list[str]:
    if counting.results.has("neuro_figures") or counting.mock:
        return []
    return ["Lowest ICE, highest CAPD and seizures: the results do not hold them."]


TABLE = syndrome_table("ICANS", "3", "Neurotoxicity (ICANS) by maximum grade", neuro_figures, missing)

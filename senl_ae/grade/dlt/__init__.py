"""Study, courses, laboratory grades and reported events -> candidates for a dose-limiting toxicity, never a ruling."""

"""Grade CAR-T toxicity from a trial's spreadsheets: the grade is what the record proves."""

__version__ = "0.1.0"

"""Results folder -> cohort and long results: who is counted, in which column, with which statistic; nothing is laid out here."""

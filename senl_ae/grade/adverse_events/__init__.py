"""What is only known of reported adverse events: records, dates, emergence, events, groups of interest, checks."""

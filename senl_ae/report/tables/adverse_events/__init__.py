"""adverse_events.csv and ae_labs.csv -> the tables and listings of what the investigators reported, of every kind."""

"""Counting -> statistics or rows: one file per table, with its name, number, title, needs, rows and footnotes; a room per subject."""

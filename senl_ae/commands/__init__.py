"""Words of a command line -> a call and what is printed: one file per command, found by its `add`; nothing clinical here."""

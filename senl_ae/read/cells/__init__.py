"""text -> numbers and times: what the characters of one cell say, by its unit, its clock, its date, its zone."""

"""Study -> LabGraded: every laboratory value by the terms of one CTCAE version, and what series of values say."""

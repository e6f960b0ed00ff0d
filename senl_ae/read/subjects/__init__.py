"""Reading -> one row per subject: who was in the study, from when, at which dose, at which age."""

"""Assessments -> Neuro: what the neurological checks say, by the tool for the age."""

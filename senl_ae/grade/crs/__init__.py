"""Assessments -> Course by signs: oxygen, vasopressors, temperature, and the fever that opens the gate."""

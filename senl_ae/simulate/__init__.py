"""Subjects and a seed -> a fictional study: plausible courses, the charts that they leave, written as files; nothing here grades."""

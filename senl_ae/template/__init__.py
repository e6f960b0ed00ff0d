"""Vocabulary -> an empty workbook that a site can fill in."""

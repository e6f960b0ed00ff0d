"""Names of formats and sources, for help and checks; imports nothing."""

from __future__ import annotations

FORMATS = ("terminal", "xlsx", "csv", "json", "html", "docx", "rtf")
SOURCES = ("auto", "derived", "reported", "both")

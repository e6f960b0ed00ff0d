"""a design's words and characteristics -> tables for people and columns for files."""

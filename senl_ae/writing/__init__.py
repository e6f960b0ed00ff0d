"""Bytes and a place -> a file or a folder written whole or not at all, the same on every machine, over nothing that is somebody else's."""

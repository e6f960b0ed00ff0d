"""Graded -> folder: what each file of the results holds, written whole or not at all, and read back."""

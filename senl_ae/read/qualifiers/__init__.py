"""Layout -> Marks: what status, rate, route, specimen and their like decide about the rows that they stand beside."""

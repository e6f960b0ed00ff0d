"""Results folder -> why a subject has its grade: the course, the day, the rules, the rows."""

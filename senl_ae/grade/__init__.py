"""A Study in, Graded out: the timeline, the signs, the rules, the episodes, the figures per subject."""

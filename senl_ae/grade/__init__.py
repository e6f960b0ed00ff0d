"""Study -> Graded: the timeline, the signs, the rules, the episodes, the figures per subject."""

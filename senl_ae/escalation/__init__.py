"""counts of subjects and of DLTs -> what a design's published rule says at them: never a decision, which people take."""

"""frames -> frames and issues: times that cannot be, told, never graded unseen."""

"""Study with its windows and laboratory -> GradedEvents: what every reported record counts for, and what contradicts itself in it."""

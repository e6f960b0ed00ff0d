"""Layout -> Reading -> Part: whose row it is, when it happened, and what it says, for sheets of every layout."""

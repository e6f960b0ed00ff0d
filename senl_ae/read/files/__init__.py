"""bytes -> RawTable: every cell of every sheet and text table where it stands, or a refusal in one line."""

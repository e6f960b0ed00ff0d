"""RawTable -> Layout: the row of headings, what each heading means, what a sheet is, and what nobody knows."""

"""files -> Study: cells that know their address, headings understood, values typed."""

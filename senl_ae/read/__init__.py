"""Files in, a Study out: cells that know their address, headings understood, values typed."""

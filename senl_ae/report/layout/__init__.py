"""Long results -> laid-out tables -> terminal, CSV, workbook, page, Word, RTF; nothing is counted here."""

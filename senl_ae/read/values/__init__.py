"""Layout -> Part: the measured columns of one sheet, typed, with what could not be used; parts of all sheets put into frames."""

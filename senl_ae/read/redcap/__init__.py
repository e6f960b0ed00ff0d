"""RawTable of a REDCap export -> a RawTable per form: codes as words, checkboxes as one column, the subject as who the record is."""

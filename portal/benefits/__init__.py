"""Benefits, with amounts that are shown only while they are valid."""

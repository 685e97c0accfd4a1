"""Requests for accessibility: on this portal (act of 4 April 2019) and in the building or in contact (act of 19 July 2019)."""

"""The staff area: its gate, and the page of the day."""

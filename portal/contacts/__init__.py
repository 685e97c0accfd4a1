"""One register of phones and hours: the centre's own contacts and the help lines (R38)."""

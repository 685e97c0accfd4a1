"""Foster care: from interest to the first talk."""

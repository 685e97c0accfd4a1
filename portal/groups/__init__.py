"""Editions as they run: the group, its meetings, who came, and what the centre certifies."""

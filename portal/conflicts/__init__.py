"""Who of staff must not see whom: marks of a conflict of interest, and how they are lifted in an emergency (S59)."""

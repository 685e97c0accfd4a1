"""What is kept about one person, whichever feature keeps it: a copy for them, and its erasure (R104, S72)."""

"""What residents may know of changes to facts (R30)."""

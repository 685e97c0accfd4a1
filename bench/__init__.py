"""How fast and how small the portal is, beside a bare Flask answer and a plain page, all in one run."""

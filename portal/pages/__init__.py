"""Written pages: guides, notices, standards; each at its own address."""

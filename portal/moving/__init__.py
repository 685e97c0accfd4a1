"""Content as a folder of Markdown files: for a centre that moves in, and for one that wants to take everything along."""

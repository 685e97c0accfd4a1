"""The HTTP edge: headers, sessions, static files, error pages, and what pages have in common."""

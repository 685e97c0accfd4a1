"""Accessibility information: the statutory statement, sign language, and where everything is."""

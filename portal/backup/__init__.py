"""Backups: one encrypted file with database and media, and the way back that sends nothing twice and revives nobody (S18)."""

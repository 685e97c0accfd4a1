"""The tests read pages as people do, on SQLite and on PostgreSQL."""

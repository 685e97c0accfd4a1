"""Announcements: drafted, published, archived by themselves, withdrawn; every text ever saved is kept."""

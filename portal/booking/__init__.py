"""Booking a talk: slots, the places in them, and the people who take one."""

"""The demo: a fictional centre with the content of a real one."""

"""Staff accounts, what each role may do, throttles, and the audit log."""

"""Plain helpers of the tests. They know nothing of the portal."""

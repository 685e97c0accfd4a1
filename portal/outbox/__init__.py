"""Messages: written in the transaction of the deed, delivered afterwards by a worker."""

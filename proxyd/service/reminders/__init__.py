"""What waits for too long is told to all colleagues, in a message that only proxyd has."""

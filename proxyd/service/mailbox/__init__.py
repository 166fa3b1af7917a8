"""The truth of one shared mailbox: in memory, in the database, in step with the provider."""

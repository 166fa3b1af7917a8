"""What of a shared mailbox's mails is kept here: in memory, and encrypted on disk."""

"""What admins do: people, grants, shared mailboxes."""

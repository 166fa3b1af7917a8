"""The people and what they may do, for admins."""

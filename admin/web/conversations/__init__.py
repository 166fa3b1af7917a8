"""Conversations: who has what, and what was done with one."""

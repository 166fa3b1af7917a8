"""Shared mailboxes, for admins: which there are and how they are, one more, what is chosen for
each, its provider's password, its rules.

Must never show a provider's password or how long it is, nor the subject or sender of a mail.
"""

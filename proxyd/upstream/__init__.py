"""Adapter. The provider's side of a shared mailbox: IMAP and SMTP over bounded connections."""

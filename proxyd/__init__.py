"""proxyd: an IMAP/SMTP proxy in front of a shared mailbox. The core; opens no port by itself."""

__version__ = "0.1.0"

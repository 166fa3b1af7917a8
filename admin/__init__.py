"""EDGE. HTTP: health and metrics. Knows no IMAP, no SMTP, no SQL."""

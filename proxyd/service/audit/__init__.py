"""Questions to the access log."""

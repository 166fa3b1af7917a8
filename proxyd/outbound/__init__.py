"""Adapter: what goes out over HTTP to other programs."""

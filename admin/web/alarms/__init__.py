"""Alarms: what is wrong, since when, and the form that mends it."""

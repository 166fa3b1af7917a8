"""The overview: what is there now, and the first thing that is wrong."""

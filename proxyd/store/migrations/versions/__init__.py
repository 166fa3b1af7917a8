"""One file per step of the tables' history, in the order of their numbers."""

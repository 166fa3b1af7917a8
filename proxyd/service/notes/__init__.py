"""Internal notes: written, shown in the thread, and kept from leaving."""

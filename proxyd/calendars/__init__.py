"""Days on which nobody works: those of countries, and a company's own from a file."""

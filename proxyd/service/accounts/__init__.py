"""Who may come in: signing in, sessions, who is who."""

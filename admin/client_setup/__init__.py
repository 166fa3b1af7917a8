"""What a mail client is set up with: one file a format, each a pure function of ClientFacts."""

"""Use cases: other programs are told of what happens in a shared mailbox."""

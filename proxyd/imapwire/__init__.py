"""IMAP's bytes and the values they stand for, in both directions, without any I/O."""

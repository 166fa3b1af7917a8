"""The use cases. Depends on the domain and its ports; knows no socket, no SQL and no IMAP
syntax.
"""

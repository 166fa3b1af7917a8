"""The IMAP door: what mail clients connect to (docs/design.md §5).

It knows the wire (through ``imapwire``) and the services (through ``service.api``), and nothing of
databases, upstream servers or who may do what. ``server`` is the only module that knows Twisted.
"""

"""The submission door: what mail clients send through (docs/design.md §3 "Sending").

It knows SMTP (on top of aiosmtpd) and ``service.api``, and nothing of databases, upstream servers
or who may do what. ``server`` is the only module that opens a socket.
"""

"""The embedded provider of ``proxyd demo``: one mailbox on IMAP, one SMTP server, one customer.

A stand-in for the company's real provider, on loopback only. It knows nothing of the proxy, as a
provider would not; only the composition root starts it.
"""

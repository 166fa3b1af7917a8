"""What the edges (IMAP, SMTP, web) may call, as protocols and plain results: one file per subject.

The edges are written against these, so that they can be tested with a fake and the services behind
can change shape. Names of views are str, as the client types them (UTF-8, "/" between levels,
"INBOX" upper case); UIDs are the proxy's own (docs/design.md §3 "Views"); flags are str with the
spelling to be shown (``\\Seen``, ``$status-open``). Everything raised is a ``domain.errors`` class.
Import from the subject's module: this package itself has no names.
"""

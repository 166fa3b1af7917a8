"""The one reader of a mail's header: octets in, values out, for everybody who decides by them.

``fields`` finds the fields; ``addresses``, ``authors``, ``ids``, ``dates``, ``words``,
``charsets``, ``parameters`` and ``base_subject`` read a field's value; ``cutting`` takes text out
of one; ``mime_tree`` finds the headers of a mail's parts. Two readers of one format disagree some
day, and a forged sender stands in the gap: no second one may be written. It must never know IMAP,
SMTP, people or storage; imports nothing of ours.

Invariants of every file: whatever the octets, nothing is raised but what its docstring names; time
is linear in them; what comes out is bounded by what went in.
"""

"""What aiosmtpd's command loop answers by itself, turned into our replies.

It writes those lines without the codes that ENHANCEDSTATUSCODES promises (RFC 2034 §4). Must never
touch a line of ours. Invariant: nothing of what the client typed comes back in them.
"""

from __future__ import annotations

from smtp_frontend.replies import reply

# aiosmtpd 1.4.6, smtp.py: SMTP._handle_client. How a line begins → key of the replies.
_STOCK: tuple[tuple[bytes, str], ...] = (
    (b"500 Command line too long", "line-too-long"),
    (b"500 Error: bad syntax", "bad-syntax"),
    (b"500 Error: command ", "unknown-command"),
    (b"502 5.5.1 Too many unrecognized", "too-many-unknown"),
)


def in_our_words(line: bytes) -> bytes:
    key = next((key for start, key in _STOCK if line.startswith(start)), None)
    return reply(key).encode() if key else line

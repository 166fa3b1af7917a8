"""What lay at a provider when the code of 24 November made the database in tests/data/older.

Each in its folder, in this order: UIDs begin with 1. ``anna`` finished what Ida had asked, by an
answer, and took nothing else.
"""

from __future__ import annotations

IDA, UWE, US = "ida@buyer.example", "uwe@other.example", "support@example.test"


def _mail(id_: str, sender: str, to: str, *lines: str) -> bytes:
    head = [f"From: {sender}", f"To: {to}", f"Subject: About {id_}", f"Message-ID: <{id_}>", *lines]
    return "\n".join([*head, "", f"Text of {id_}", ""]).encode()


MAILS: tuple[tuple[str, bytes], ...] = (
    ("Sent", _mail("circular@us", US, f"{IDA}, {UWE}")),
    ("INBOX", _mail("ida-1@x", IDA, US)),
    ("INBOX", _mail("ida-2@x", IDA, US, "In-Reply-To: <ida-1@x>", "References: <ida-1@x>")),
    (
        "Sent",
        _mail("answer@us", US, IDA, "In-Reply-To: <ida-2@x>", "References: <ida-1@x> <ida-2@x>"),
    ),
    ("INBOX", _mail("ida-3@x", IDA, US, "In-Reply-To: <circular@us>")),
    ("INBOX", _mail("uwe-1@x", UWE, US, "In-Reply-To: <circular@us>")),
    ("INBOX", _mail("group@x", UWE, US, "List-Id: <support.example.test>", "Precedence: list")),
    ("INBOX", _mail("open@x", UWE, US)),
)

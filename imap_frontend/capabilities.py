"""What is announced: capability → RFC → the commands that carry it.

A capability is announced only while it works: mechanisms before sign-in and only under TLS (or on
loopback), STARTTLS only where there is none yet. A test holds each row against the state table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CapabilityRow:
    name: str
    rfc: str
    commands: tuple[str, ...] = ()  # names in the state table; empty: a property, no command
    before: bool = False  # announced before sign-in
    after: bool = True


APPEND_LIMIT = "APPENDLIMIT"  # announced with its number

CAPABILITIES = (
    CapabilityRow("IMAP4rev1", "RFC 3501", ("SELECT", "FETCH", "STORE", "SEARCH"), before=True),
    CapabilityRow("IMAP4rev2", "RFC 9051", ("ENABLE", "SELECT", "FETCH", "SEARCH"), before=True),
    CapabilityRow("SASL-IR", "RFC 4959", ("AUTHENTICATE",), before=True),
    CapabilityRow("LITERAL+", "RFC 7888", before=True),
    CapabilityRow("ID", "RFC 2971", ("ID",), before=True),
    CapabilityRow("ENABLE", "RFC 5161", ("ENABLE",), before=True),
    CapabilityRow("IDLE", "RFC 2177", ("IDLE",), before=True),
    CapabilityRow("NAMESPACE", "RFC 2342", ("NAMESPACE",)),
    CapabilityRow("UIDPLUS", "RFC 4315", ("EXPUNGE", "COPY", "APPEND")),
    CapabilityRow("MOVE", "RFC 6851", ("MOVE",)),
    CapabilityRow("UNSELECT", "RFC 3691", ("UNSELECT",)),
    CapabilityRow("CHILDREN", "RFC 3348", ("LIST",)),
    CapabilityRow("LIST-EXTENDED", "RFC 5258", ("LIST",)),
    CapabilityRow("LIST-STATUS", "RFC 5819", ("LIST",)),
    CapabilityRow("LIST-MYRIGHTS", "RFC 8440", ("LIST",)),
    CapabilityRow("SPECIAL-USE", "RFC 6154", ("LIST",)),
    CapabilityRow("CREATE-SPECIAL-USE", "RFC 6154 §3", ("CREATE",)),
    CapabilityRow("STATUS=SIZE", "RFC 8438", ("STATUS",)),
    CapabilityRow("ACL", "RFC 4314", ("MYRIGHTS", "GETACL", "LISTRIGHTS", "SETACL", "DELETEACL")),
    CapabilityRow("RIGHTS=kxte", "RFC 4314 §2.2", ("MYRIGHTS", "GETACL")),
    CapabilityRow("QUOTA", "RFC 9208", ("GETQUOTA", "GETQUOTAROOT", "SETQUOTA")),
    CapabilityRow("QUOTA=RES-STORAGE", "RFC 9208 §5.1", ("GETQUOTA", "STATUS")),
    CapabilityRow("QUOTA=RES-MESSAGE", "RFC 9208 §5.2", ("GETQUOTA", "STATUS")),
    CapabilityRow("METADATA", "RFC 5464", ("GETMETADATA", "SETMETADATA")),
    CapabilityRow("NOTIFY", "RFC 5465", ("NOTIFY",)),
    CapabilityRow("UTF8=ACCEPT", "RFC 6855", ("ENABLE", "LIST", "SELECT", "APPEND")),
    CapabilityRow("CONDSTORE", "RFC 7162 §3.1", ("SELECT", "FETCH", "STORE", "SEARCH", "STATUS")),
    CapabilityRow("QRESYNC", "RFC 7162 §3.2", ("ENABLE", "SELECT", "FETCH", "EXPUNGE")),
    CapabilityRow("ESEARCH", "RFC 4731", ("SEARCH",)),
    CapabilityRow("SEARCHRES", "RFC 5182", ("SEARCH", "FETCH", "STORE", "COPY", "MOVE")),
    CapabilityRow("WITHIN", "RFC 5032", ("SEARCH",)),
    CapabilityRow("OBJECTID", "RFC 8474", ("SELECT", "CREATE", "STATUS", "FETCH", "SEARCH")),
    CapabilityRow("SAVEDATE", "RFC 8514", ("FETCH", "SEARCH")),
    CapabilityRow("UIDONLY", "RFC 9586", ("ENABLE", "FETCH", "STORE", "SEARCH", "COPY", "MOVE")),
    CapabilityRow("INPROGRESS", "RFC 9585"),
    CapabilityRow("SORT", "RFC 5256", ("SORT",)),
    CapabilityRow("SORT=DISPLAY", "RFC 5957", ("SORT",)),
    CapabilityRow("ESORT", "RFC 5267 §3", ("SORT",)),
    CapabilityRow("THREAD=REFERENCES", "RFC 5256", ("THREAD",)),
    CapabilityRow("THREAD=ORDEREDSUBJECT", "RFC 5256", ("THREAD",)),
    CapabilityRow("BINARY", "RFC 3516", ("FETCH", "APPEND")),
    CapabilityRow("PREVIEW", "RFC 8970", ("FETCH",)),
    CapabilityRow("MULTIAPPEND", "RFC 3502", ("APPEND",)),
    CapabilityRow("CATENATE", "RFC 4469", ("APPEND",)),
    CapabilityRow(APPEND_LIMIT, "RFC 7889", ("APPEND", "STATUS")),
)
# Announced while it can still be turned on (RFC 4978 §3).
COMPRESS = CapabilityRow("COMPRESS=DEFLATE", "RFC 4978", ("COMPRESS",))
MECHANISMS = (
    CapabilityRow("AUTH=PLAIN", "RFC 4616", ("AUTHENTICATE",), before=True, after=False),
    CapabilityRow(
        "AUTH=LOGIN", "draft-murchison-sasl-login", ("AUTHENTICATE",), before=True, after=False
    ),
)
STARTTLS = CapabilityRow("STARTTLS", "RFC 9051 §6.2.1", ("STARTTLS",), before=True, after=False)
LOGINDISABLED = CapabilityRow("LOGINDISABLED", "RFC 9051 §6.2.3", before=True, after=False)


def announced(
    *,
    signed_in: bool,
    may_sign_in: bool,
    tls_offered: bool,
    append_limit: int,
    may_compress: bool = False,
) -> bytes:
    """The words behind CAPABILITY, as things stand on one connection."""
    if signed_in:
        rows = [row for row in CAPABILITIES if row.after]
        rows += [COMPRESS] if may_compress else []
    else:
        rows = [row for row in CAPABILITIES if row.before]
        rows += [STARTTLS] if tls_offered else []
        rows += MECHANISMS if may_sign_in else [LOGINDISABLED]
    limit = {APPEND_LIMIT: f"{APPEND_LIMIT}={append_limit}"}  # RFC 7889 §3: the same everywhere
    return " ".join(limit.get(row.name, row.name) for row in rows).encode("ascii")

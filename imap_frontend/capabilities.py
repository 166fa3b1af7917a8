"""What is announced: capability → RFC → the commands that carry it.

A capability is announced only while it works: mechanisms before sign-in and only under TLS (or on
loopback), STARTTLS only where there is none yet. A test holds each row against the state table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capability:
    name: str
    rfc: str
    commands: tuple[str, ...] = ()  # names in the state table; empty: a property, no command
    before: bool = False  # announced before sign-in
    after: bool = True


APPEND_LIMIT = "APPENDLIMIT"  # announced with its number

CAPABILITIES = (
    Capability("IMAP4rev1", "RFC 3501", ("SELECT", "FETCH", "STORE", "SEARCH"), before=True),
    Capability("IMAP4rev2", "RFC 9051", ("ENABLE", "SELECT", "FETCH", "SEARCH"), before=True),
    Capability("SASL-IR", "RFC 4959", ("AUTHENTICATE",), before=True),
    Capability("LITERAL+", "RFC 7888", before=True),
    Capability("ID", "RFC 2971", ("ID",), before=True),
    Capability("ENABLE", "RFC 5161", ("ENABLE",), before=True),
    Capability("IDLE", "RFC 2177", ("IDLE",), before=True),
    Capability("NAMESPACE", "RFC 2342", ("NAMESPACE",)),
    Capability("UIDPLUS", "RFC 4315", ("EXPUNGE", "COPY", "APPEND")),
    Capability("MOVE", "RFC 6851", ("MOVE",)),
    Capability("UNSELECT", "RFC 3691", ("UNSELECT",)),
    Capability("CHILDREN", "RFC 3348", ("LIST",)),
    Capability("LIST-EXTENDED", "RFC 5258", ("LIST",)),
    Capability("LIST-STATUS", "RFC 5819", ("LIST",)),
    Capability("LIST-MYRIGHTS", "RFC 8440", ("LIST",)),
    Capability("SPECIAL-USE", "RFC 6154", ("LIST",)),
    Capability("CREATE-SPECIAL-USE", "RFC 6154 §3", ("CREATE",)),
    Capability("STATUS=SIZE", "RFC 8438", ("STATUS",)),
    Capability("ACL", "RFC 4314", ("MYRIGHTS", "GETACL", "LISTRIGHTS", "SETACL", "DELETEACL")),
    Capability("RIGHTS=kxte", "RFC 4314 §2.2", ("MYRIGHTS", "GETACL")),
    Capability("QUOTA", "RFC 9208", ("GETQUOTA", "GETQUOTAROOT", "SETQUOTA")),
    Capability("QUOTA=RES-STORAGE", "RFC 9208 §5.1", ("GETQUOTA", "STATUS")),
    Capability("QUOTA=RES-MESSAGE", "RFC 9208 §5.2", ("GETQUOTA", "STATUS")),
    Capability("METADATA", "RFC 5464", ("GETMETADATA", "SETMETADATA")),
    Capability("NOTIFY", "RFC 5465", ("NOTIFY",)),
    Capability("UTF8=ACCEPT", "RFC 6855", ("ENABLE", "LIST", "SELECT", "APPEND")),
    Capability("CONDSTORE", "RFC 7162 §3.1", ("SELECT", "FETCH", "STORE", "SEARCH", "STATUS")),
    Capability("QRESYNC", "RFC 7162 §3.2", ("ENABLE", "SELECT", "FETCH", "EXPUNGE")),
    Capability("ESEARCH", "RFC 4731", ("SEARCH",)),
    Capability("SEARCHRES", "RFC 5182", ("SEARCH", "FETCH", "STORE", "COPY", "MOVE")),
    Capability("WITHIN", "RFC 5032", ("SEARCH",)),
    Capability("OBJECTID", "RFC 8474", ("SELECT", "CREATE", "STATUS", "FETCH", "SEARCH")),
    Capability("SAVEDATE", "RFC 8514", ("FETCH", "SEARCH")),
    Capability("UIDONLY", "RFC 9586", ("ENABLE", "FETCH", "STORE", "SEARCH", "COPY", "MOVE")),
    Capability("INPROGRESS", "RFC 9585"),
    Capability("SORT", "RFC 5256", ("SORT",)),
    Capability("SORT=DISPLAY", "RFC 5957", ("SORT",)),
    Capability("ESORT", "RFC 5267 §3", ("SORT",)),
    Capability("THREAD=REFERENCES", "RFC 5256", ("THREAD",)),
    Capability("THREAD=ORDEREDSUBJECT", "RFC 5256", ("THREAD",)),
    Capability("BINARY", "RFC 3516", ("FETCH", "APPEND")),
    Capability("PREVIEW", "RFC 8970", ("FETCH",)),
    Capability("MULTIAPPEND", "RFC 3502", ("APPEND",)),
    Capability("CATENATE", "RFC 4469", ("APPEND",)),
    Capability(APPEND_LIMIT, "RFC 7889", ("APPEND", "STATUS")),
)
# Announced while it can still be turned on (RFC 4978 §3).
COMPRESS = Capability("COMPRESS=DEFLATE", "RFC 4978", ("COMPRESS",))
MECHANISMS = (
    Capability("AUTH=PLAIN", "RFC 4616", ("AUTHENTICATE",), before=True, after=False),
    Capability(
        "AUTH=LOGIN", "draft-murchison-sasl-login", ("AUTHENTICATE",), before=True, after=False
    ),
)
STARTTLS = Capability("STARTTLS", "RFC 9051 §6.2.1", ("STARTTLS",), before=True, after=False)
LOGINDISABLED = Capability("LOGINDISABLED", "RFC 9051 §6.2.3", before=True, after=False)


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

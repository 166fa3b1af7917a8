"""Why a provider's server can't be used, in a sentence, and what to do: for ``mailbox test``.

The causes are found by upstream/probe.py; the same in the words of the console are in
admin/web/mailboxes/words_probe.py.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from proxyd.domain.probe import ProbeFault
from proxyd.domain.types import Server
from proxyd.upstream.way import IMAP, SMTP, Protocol

_SCHEMES = {IMAP: ("imaps", 993, "imap+starttls", 143), SMTP: ("smtps", 465, "smtp+starttls", 587)}
# {place} is HOST:PORT, {set} the command that changes the mailbox, {usual} the usual ports.
_SENTENCES = {
    ProbeFault.NO_DNS: "no DNS server answers for {host}: check this machine's network and "
    "/etc/resolv.conf",
    ProbeFault.NO_SUCH_NAME: "there is no machine named {host}: check the spelling, and give the "
    "right one with: {set} {option} URL",
    ProbeFault.NOBODY_LISTENS: "{place} refuses the connection: nothing listens on that port; "
    "{usual}",
    ProbeFault.NO_ANSWER: "{place} does not answer: a firewall is in between, or the port is "
    "wrong; {usual}",
    ProbeFault.UNREACHABLE: "{place} can't be reached ({said}); {usual}",
    ProbeFault.SILENT: "{place} takes the connection and says nothing; {usual}",
    ProbeFault.HANGS_UP: "{place} closes the connection at once; {usual}",
    ProbeFault.OTHER_PROTOCOL: "{place} is no {protocol} server: it says {said!r}; {usual}",
    ProbeFault.TLS_FROM_START: "{place} speaks TLS from the start, not STARTTLS: {set} {option} "
    "{tls}://USER@{place}",
    ProbeFault.STARTTLS_FIRST: "{place} begins without TLS, which is STARTTLS: {set} {option} "
    "{starttls}://USER@{place}",
    ProbeFault.NO_STARTTLS: "{place} offers no STARTTLS, and without TLS no password is sent; if "
    "it has a port with TLS from the start: {set} {option} {tls_url}",
    ProbeFault.STARTTLS_REFUSED: "{place} offers STARTTLS and refuses it: {said!r}",
    ProbeFault.STARTTLS_HANGS_UP: "{place} closes the connection when it is asked for STARTTLS",
    ProbeFault.NO_COMMON_TLS: "{place} can't agree with us on TLS ({said}); {usual}",
    ProbeFault.OTHER_NAME: "the certificate of {place} is not for that name but for {names}: give "
    "the server by such a name with {set} {option} URL",
    ProbeFault.EXPIRED: "the certificate of {place} has expired on {day}: its operator must renew "
    "it (or this machine's clock is wrong)",
    ProbeFault.NOT_YET_VALID: "the certificate of {place} is not valid yet: check this machine's "
    "clock",
    ProbeFault.UNKNOWN_AUTHORITY: "the certificate of {place} is signed by an authority that "
    "{knows} does not know{issuer}; if that is your own: {set} --ca-file FILE",
    ProbeFault.OTHER_FORM: "the certificate of {place} is not of the form that this machine's "
    'Python asks for ({said}): its authority must make it anew, or its own; see "An authority of '
    "one's own\" in docs/operations.md",
    ProbeFault.UNTRUSTED: "the certificate of {place} is not trusted: {said}",
    ProbeFault.AUTHORITIES_FILE: "the file of authorities {knows} can't be used ({said}): give a "
    "PEM file with --ca-file",
    ProbeFault.PASSWORD: "{host} refuses the password of {user}: {said}; give the right one with: "
    "{set} --password-stdin{other_user}",
    ProbeFault.LIMITED: "the provider gives us no connection now: {said}; see whether other "
    "programs use the mailbox directly, and try again",
    ProbeFault.TOO_SLOW: "{place} does not answer in time; ask the provider where it stays so",
    ProbeFault.REFUSED: "the provider can't be used: {said}",
}


def option_of(protocol: Protocol) -> str:
    """Of ``proxyd mailbox set``."""
    return f"--{protocol.name.lower()}"


def urls_of(protocol: Protocol, host: str) -> tuple[str, str]:
    """As usual: with TLS from the start, and with STARTTLS."""
    tls, tls_port, starttls, starttls_port = _SCHEMES[protocol]
    return f"{tls}://USER@{host}:{tls_port}", f"{starttls}://USER@{host}:{starttls_port}"


def sentence(
    fault: ProbeFault, facts: Mapping[str, str], server: Server, protocol: Protocol, mailbox: str
) -> str:
    """``facts``: of the step that failed (ProbedStep)."""
    tls_url, starttls_url = urls_of(protocol, server.host)
    known = {
        "said": "",
        **facts,
        "host": server.host,
        "user": server.user,
        "place": f"{server.host}:{server.port}",
        "protocol": protocol.name,
        "set": f"proxyd mailbox set {shlex.quote(mailbox)}",
        "option": option_of(protocol),
        "usual": f"usual are {tls_url} and {starttls_url}; ask the provider",
        "tls": _SCHEMES[protocol][0],
        "starttls": _SCHEMES[protocol][2],
        "tls_url": tls_url,
        "knows": server.ca_file or "this machine",
        "names": facts.get("names") or "nobody",
        "issuer": f" ({issuer})" if (issuer := facts.get("issuer")) else "",
        "other_user": "" if protocol is IMAP else "; or another user with --smtp-user USER",
    }
    return _SENTENCES[fault].format(**known)

"""docs/limits.md from the constants and settings themselves: ``python -m tests.limits_table``."""

from __future__ import annotations

from pathlib import Path

from admin.only_ours import BODY_OCTETS
from admin.patient_http import LIFE_S, POOL, REQUEST_OCTETS
from admin.web import browser_http, forms
from imap_frontend.notifier import NOTES_MOST
from imap_frontend.options import Options as ImapOptions
from imap_frontend.session import BAD_IN_A_ROW
from proxyd.calendars import found, own_days
from proxyd.domain import (
    app_passwords,
    hold_until,
    mail_content,
    networks,
    notes,
    passkey,
    rule_reader,
    sign_in_delays,
    thread,
    web_session,
    weekly_hours,
)
from proxyd.domain import single_sign_on as sign_on
from proxyd.identity import bounded_http, id_token
from proxyd.imapwire import (
    fetch_row,
    literal_store,
    mailbox_name,
    mime_structure,
    search_program,
)
from proxyd.imapwire.command import append, fetch, metadata, notify
from proxyd.imapwire.command import id as id_command
from proxyd.imapwire.command import list as list_command
from proxyd.imapwire.response_framer import MIB
from proxyd.mailtext import addresses, fields, ids, mime_tree, words
from proxyd.service import password_checks
from proxyd.service.accounts import attempts
from proxyd.service.mail import annotating
from proxyd.service.sending import submission
from proxyd.settings import Settings, UpstreamSettings
from smtp_frontend import link, paths
from smtp_frontend.options import Options as SmtpOptions
from smtp_frontend.replies import reply

PAGE = Path(__file__).parent.parent / "docs" / "limits.md"

Row = tuple[str, str, str]  # what, how much, what happens beyond

HEAD = """\
# Limits

How much of everything is taken, and what is said beyond. Numbers in **bold** are settings with
their defaults (`proxyd conf example`); all others are fixed. This page is made of the code:
`python -m tests.limits_table`.

Whatever the size, work is proportional to it, and whoever else is connected has a turn meanwhile;
that is measured by tests in processor time (`tests/imap_frontend/test_long_input.py`,
`tests/smtp_frontend/test_heavy_input.py`, `tests/service/sending/test_heavy_mails.py`,
`tests/mailtext/test_linear.py`, `tests/imapwire/test_mime.py`).
"""


def amount(octets: int) -> str:
    for size, unit in ((MIB, "MiB"), (1024, "KiB")):
        if octets >= size and octets % size == 0:
            return f"{octets // size:,} {unit}"
    return f"{octets:,} octets"


def code(key: str) -> str:
    """Of a reply of the door for sending."""
    return " ".join(reply(key, limit="", count="").split()[:2])


def setting(section: type, name: str, *, octets: bool = False, unit: str = "") -> str:
    value = section.model_fields[name].default  # type: ignore[attr-defined]
    return f"**{amount(value) if octets else f'{value:,}'}**{unit} (`{name}`)"


def section(name: str) -> type:
    found = Settings.model_fields[name].annotation
    assert isinstance(found, type)
    return found


def connections() -> list[Row]:
    imap, smtp = section("imap"), section("smtp")
    options, sending = ImapOptions(), SmtpOptions()
    room = "who has not signed in makes room (docs/decisions/035-who-makes-room.md); else closed"
    return [
        ("IMAP connections", setting(imap, "max_connections"), room),
        ("… from one address", setting(imap, "max_connections_per_address"), room),
        ("SMTP connections", setting(smtp, "max_connections"), room),
        ("… from one address", setting(smtp, "max_connections_per_address"), room),
        ("HTTP connections", f"{POOL}", "the oldest makes room"),
        ("HTTP request", f"{amount(REQUEST_OCTETS)}, {LIFE_S:.0f} s", "431, closed"),
        ("… its body (Outlook's question for settings)", amount(BODY_OCTETS), "413, closed"),
        ("console: connections", f"{browser_http.POOL}", "the oldest without a request makes room"),
        ("console: open overviews", f"{browser_http.STREAMS}", "the oldest ends, and asks again"),
        ("… from one address", f"{browser_http.PER_ADDRESS}", "the same, of that address"),
        ("… until the request is whole", f"{browser_http.REQUEST_S:.0f} s", "closed"),
        ("… until it is answered", f"{browser_http.ANSWER_S:.0f} s", "closed"),
        ("… a form", f"{amount(forms.BODY_OCTETS)}, {forms.MOST_FIELDS} fields", "413, 400"),
        ("… silence of who is signed in", f"{web_session.IDLE_S // 60} min", "signed out"),
        ("… signed in for", f"{web_session.ABSOLUTE_S // 3600} h", "signed out"),
        ("… sessions of a person", f"{web_session.MOST}", "the oldest ends"),
        ("TLS handshake", f"{options.handshake_s:.0f} s", "closed"),
        ("until signed in, IMAP", setting(imap, "login_s", unit=" s"), "BYE"),
        ("until signed in, SMTP", f"{sending.login_s:.0f} s", "421"),
        ("silence, IMAP", setting(imap, "idle_s", unit=" s"), "BYE"),
        ("silence, SMTP", setting(smtp, "idle_s", unit=" s"), "421"),
        ("an IMAP client that does not read", f"{options.stall_s:.0f} s", "closed"),
        ("wrong passwords, IMAP", f"{options.login_failures} a connection", "BYE"),
        ("wrong passwords, SMTP", f"{sending.login_failures} a connection", "421"),
        (
            "wrong passwords from one address",
            f"{sign_in_delays.PLACE_FREE} in {sign_in_delays.HALF_LIFE_S / 60:.0f} min",
            f"pauses of {sign_in_delays.PLACE_FIRST_S:g} to {sign_in_delays.PLACE_MOST_S:.0f} s "
            "(docs/decisions/052-sign-ins-under-a-flood.md)",
        ),
        (
            "passwords that wait for their check",
            f"{password_checks.WAITING_CHECKS}",
            "NO [UNAVAILABLE], 454",
        ),
        (
            "sign-ins that pause",
            f"{attempts.WAITING_ATTEMPTS:,}, {sign_in_delays.WAIT_MOST_S:.0f} s each",
            "NO [UNAVAILABLE], 454",
        ),
        ("wrong IMAP commands in a row", f"{BAD_IN_A_ROW}", "BYE"),
        (
            "connections to the provider",
            setting(UpstreamSettings, "connections", unit=" a mailbox"),
            "jobs wait in turn",
        ),
    ]


def imap() -> list[Row]:
    limits = ImapOptions().limits
    biggest = setting(section("imap"), "max_message_bytes", octets=True)
    all_of_them = f"{literal_store.APPEND_FACTOR} times that, {literal_store.MAX_LITERALS:,} pieces"
    return [
        ("a command without its literals", amount(limits.line), "BAD, BYE"),
        ("… before sign-in", amount(limits.unauthenticated_line), "BAD, BYE"),
        ("a literal that is no mail", amount(limits.literal), "BAD"),
        ("… all of a command", amount(limits.literals_total), "BAD"),
        ("… before sign-in", amount(limits.unauthenticated_literal), "BAD"),
        ("a mail to be stored", biggest, "NO [TOOBIG]"),
        ("all mails of one APPEND", all_of_them, "NO [TOOBIG], BAD"),
        ("parts of one mail by CATENATE", f"{append.MAX_PARTS}", "BAD"),
        ("a mailbox name", f"{mailbox_name.NAME_CHARS:,} characters", "NO [CANNOT]"),
        ("levels of a mailbox name", f"{mailbox_name.NAME_LEVELS}", "NO [CANNOT]"),
        ("patterns of one LIST", f"{list_command.MAX_PATTERNS}", "BAD"),
        ("items of one FETCH", f"{fetch.MAX_ATTRIBUTES}", "BAD"),
        ("keys of one SEARCH", f"{search_program.MAX_KEYS:,}", "BAD"),
        ("levels of one SEARCH", f"{search_program.MAX_DEPTH}", "BAD"),
        ("entries of one GETMETADATA", f"{metadata.MAX_ENTRIES}", "BAD"),
        ("a value of METADATA", amount(annotating.VALUE_MOST), "NO [METADATA MAXSIZE]"),
        ("mailboxes of one NOTIFY", f"{notify.MAX_MAILBOXES:,}", "BAD"),
        ("news kept for a client", f"{NOTES_MOST:,} folders", "NOTIFICATIONOVERFLOW"),
        ("pairs of ID", f"{id_command.MAX_FIELDS}", "BAD"),
    ]


def sending() -> list[Row]:
    smtp, options = section("smtp"), SmtpOptions()
    return [
        ("a command", amount(link.COMMAND_LIMIT), code("line-too-long")),
        ("MAIL and RCPT", amount(link.PATH_COMMAND_LIMIT), code("line-too-long")),
        ("AUTH", amount(link.AUTH_LIMIT), f"{code('line-too-long')}, {code('auth-too-long')}"),
        ("an address", amount(paths.MAX_PATH), code("bad-address")),
        ("recipients of a mail", setting(smtp, "max_recipients"), code("too-many-recipients")),
        ("a mail", setting(smtp, "max_message_bytes", octets=True), code("too-big")),
        ("an internal note", f"{notes.MOST_OCTETS // 1_000_000} MB", code("note-too-big")),
        ("mails being received, all together", amount(options.receiving_bytes), code("no-room")),
        ("mails on their way at a time", f"{submission.DELIVERIES}", code("busy")),
        ("a mail's header", amount(fields.MAX_HEADER), "554 5.6.0"),
        ("a line of a mail", "none", ""),
        ("BDAT (CHUNKING)", "not offered", "500 5.5.1"),
    ]


def mails() -> list[Row]:
    read = "the rest is there for clients, and not looked at"
    return [
        ("a header", amount(fields.MAX_HEADER), read),
        ("ids in References", f"{ids.MAX_IDS}", read),
        ("a header of which an ENVELOPE is made here", amount(fields.MAX_HEADER), "left out of it"),
        (
            "headers of attached mails, for BODYSTRUCTURE",
            amount(mime_structure.MAX_ATTACHED_HEADERS),
            "left out of it",
        ),
        ("addresses of a field", f"{addresses.MAX_ADDRESSES:,}", read),
        ("correspondents of a mail", f"{thread.MAX_RECIPIENTS}", read),
        ("a subject, decoded", f"{words.MAX_TEXT:,} characters", read),
        ("text compared by guards", amount(mail_content.MAX_TEXT), read),
        ("parts of a mail described here", f"{mime_tree.MAX_PARTS:,}", "undivided in the last"),
        ("levels of parts described here", f"{mime_tree.MAX_DEPTH}", "undivided in the last"),
        ("keywords of a mail", f"{fetch_row.MOST_FLAGS}", "left out, and told to the admin"),
        ("a keyword", amount(fetch_row.FLAG_OCTETS), "left out, and told to the admin"),
    ]


def rules() -> list[Row]:
    refused = "refused when set, exit 2"
    return [
        ("rules of a mailbox", f"{rule_reader.MOST_RULES}", refused),
        ("their text", f"{rule_reader.MOST_OCTETS // 1000} kB", refused),
        ("patterns of all of them", f"{rule_reader.MOST_PATTERNS:,}", refused),
        ("characters of a pattern", f"{rule_reader.MOST_CHARS}", refused),
        ("header fields beyond the usual", f"{rule_reader.MOST_FIELDS}", refused),
        ("days on hold", f"{hold_until.MOST_DAYS}", refused),
    ]


def provider() -> list[Row]:
    return [
        ("an answer", f"{bounded_http.ANSWER_LIMIT // 1024} KiB", "as if it did not answer"),
        ("until it is there", f"{bounded_http.ANSWER_S:g} s", "as if it did not answer"),
        ("a token", f"{id_token.TOKEN_LIMIT // 1024} KiB", "refused"),
        ("codes that are exchanged at a time", f"{bounded_http.LINES}", "“one moment”"),
        ("from going there to coming back", f"{sign_on.WAY_S // 60} minutes", "refused"),
        (
            "people on the way",
            f"{sign_on.WAYS:,}; {sign_on.WAYS_OF_A_PLACE} of a place",
            "the oldest clicks once more",
        ),
    ]


def admins() -> list[Row]:
    refused = "exit code 2, nothing is changed"
    return [
        ("a file of closed days", f"{own_days.FILE_OCTETS // 1_000_000} MB", refused),
        ("closed days of its own, of a mailbox", f"{found.MOST_DAYS:,}", refused),
        ("application passwords of a person", f"{app_passwords.MOST}", refused),
        ("passkeys of a person", f"{passkey.MOST}", "the page says so, nothing is changed"),
        ("networks of a person", f"{networks.NETWORKS_LIMIT}", refused),
        ("openings of a day's office hours", f"{weekly_hours.MOST_A_DAY}", refused),
    ]


def table(heading: str, rows: list[Row]) -> str:
    lines = [f"## {heading}", "", "| what | how much | beyond |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {most} | {beyond} |" for what, most, beyond in rows)])


def page() -> str:
    parts = [
        table("Connections", connections()),
        table("IMAP commands", imap()),
        table("Sending", sending()),
        table("Mails, wherever they come from", mails()),
        table("Rules on arrival", rules()),
        table("The organisation's identity provider", provider()),
        table("What admins give", admins()),
    ]
    return "\n\n".join([HEAD.rstrip("\n"), *parts]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

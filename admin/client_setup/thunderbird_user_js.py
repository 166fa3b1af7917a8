"""user.js: a whole Thunderbird profile for one person, in which only the password is typed.

For a new profile, before its first start. An account for each shared mailbox, with the mailbox's
own address and folders at its root; no password.
"""

from __future__ import annotations

import json
import re
from typing import Final

from admin.client_setup.thunderbird_preferences import Preference, preferences
from proxyd.domain.client_facts import ClientFacts, ClientMailbox, ClientPerson, ClientServer

# nsMsgSocketType and nsMsgAuthMethod of Thunderbird
_SOCKET: Final = {"tls": 3, "starttls": 2}
_PASSWORD: Final = 3

# As Thunderbird itself names them in that language; a name that is given here it leaves alone.
_LOCAL_FOLDERS: Final = {"en": "Local Folders", "ja": "ローカルフォルダー"}

_ESCAPE: Final = re.compile(r"\\.")
_UNKNOWN: Final = {r"\b": r"\u0008", r"\t": r"\u0009", r"\f": r"\u000c"}

_HEAD: Final = """\
// For a new profile of Thunderbird: put this file into its folder as prefs.js before its first
// start. As user.js it does the same, but is read at each start and takes later changes back: then
// delete it after the first one. In a profile with accounts it would hide them.
"""


def user_js(facts: ClientFacts, person: ClientPerson) -> bytes:
    """The file, UTF-8."""
    wanted = preferences(person.tags) | _accounts(facts, person)
    return (_HEAD + "".join(map(_line, wanted.items()))).encode("utf-8")


def _line(preference: tuple[str, Preference]) -> str:
    name, value = preference
    return f"user_pref({_literal(name)}, {_literal(value)});\n"


def _literal(value: Preference) -> str:
    """As Thunderbird's reader of preferences knows it: of JSON's escapes, not all (libpref)."""
    return _ESCAPE.sub(lambda found: _UNKNOWN.get(found[0], found[0]), json.dumps(value))


def _accounts(facts: ClientFacts, person: ClientPerson) -> dict[str, Preference]:
    numbers = range(1, len(person.mailboxes) + 1)
    local = len(person.mailboxes) + 1  # else Thunderbird adds it, and the list here hides it again
    made: dict[str, Preference] = {
        "mail.accountmanager.accounts": ",".join(f"account{n}" for n in (*numbers, local)),
        "mail.accountmanager.defaultaccount": "account1",
        "mail.accountmanager.localfoldersserver": f"server{local}",
        f"mail.account.account{local}.server": f"server{local}",
        f"mail.server.server{local}.type": "none",
        f"mail.server.server{local}.hostname": "Local Folders",
        f"mail.server.server{local}.userName": "nobody",
        f"mail.server.server{local}.name": _LOCAL_FOLDERS[person.language],
        "mail.smtpservers": ",".join(f"smtp{n}" for n in numbers),
        "mail.smtp.defaultserver": "smtp1",
        # Sending takes the password that was typed for reading: the user name is the same.
        "mail.smtp.useMatchingHostNameServer": True,
        # There is an account: no assistant.
        "mail.provider.suppress_dialog_on_startup": True,
    }
    for number, mailbox in zip(numbers, person.mailboxes, strict=True):
        alone = len(person.mailboxes) == 1
        user = person.login if alone else f"{person.login}*{mailbox.name}"
        made |= _account(facts, mailbox, user, number)
    return made


def _account(
    facts: ClientFacts, mailbox: ClientMailbox, user: str, number: int
) -> dict[str, Preference]:
    """Sent and Drafts are not named: Thunderbird takes the folders that the server marks so."""
    account, server = f"mail.account.account{number}", f"mail.server.server{number}"
    identity, sending = f"mail.identity.id{number}", f"mail.smtpserver.smtp{number}"
    title = facts.organisation if len(facts.mailboxes) == 1 else ""
    return {
        f"{account}.server": f"server{number}",
        f"{account}.identities": f"id{number}",
        f"{server}.type": "imap",
        f"{server}.name": title or mailbox.address,
        **_reached(server, facts.imap, "userName", "socketType", user),
        f"{server}.login_at_startup": True,
        f"{server}.check_new_mail": True,
        f"{identity}.useremail": mailbox.address,
        f"{identity}.fullName": facts.sender_name(mailbox),
        f"{identity}.smtpServer": f"smtp{number}",
        f"{identity}.valid": True,
        **_reached(sending, facts.smtp, "username", "try_ssl", user),
    }


def _reached(
    where: str, server: ClientServer, user_key: str, security_key: str, user: str
) -> dict[str, Preference]:
    return {
        f"{where}.hostname": server.host,
        f"{where}.port": server.port,
        f"{where}.{security_key}": _SOCKET[server.security],
        f"{where}.{user_key}": user,
        f"{where}.authMethod": _PASSWORD,
    }

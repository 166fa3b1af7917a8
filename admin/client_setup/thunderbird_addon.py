"""The add-on (.xpi) that keeps Thunderbird's tags in step with who works here.

A WebExtension of Manifest V2, which Thunderbird 128 to 153 run, without experiments; unsigned, as
Thunderbird takes it. It holds a token (service/admin/tag_tokens.py): it is for the person, or for
machines of the mailbox, that it was made for. What it does stands in thunderbird_addon_files/.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Final
from urllib.parse import urlsplit

from admin.client_setup.thunderbird_preferences import ordinal
from admin.client_setup.zipped import zipped
from proxyd.domain.client_facts import ClientFacts
from proxyd.domain.tags_told import TagsTold

ADDON_ID: Final = "tags@proxyd.invalid"  # RFC 2606 §2: nobody can own the name
TAGS_PATH: Final = "/.well-known/proxyd/tags"
MINUTES: Final = 10.0  # between two looks at who works here

_FILES: Final = ("keep.js", "_locales/en/messages.json", "_locales/ja/messages.json")
# The namespace of the tags is not there without the right to read messages; it reads none.
_FOR_TAGS: Final = ("messagesRead", "messagesTags", "messagesTagsList", "storage")
_FOR_SENDER: Final = ("accountsRead", "accountsIdentities")


def told_as_json(told: TagsTold) -> dict[str, object]:
    """What the add-on carries, and what it is answered at ``TAGS_PATH``."""
    return {
        "organisation": told.organisation,
        "login": told.login,
        "mailboxes": [box.address for box in told.mailboxes],
        "tags": [
            {
                "key": tag.keyword,
                "label": tag.label,
                "colour": tag.colour,
                "ordinal": ordinal(position),
            }
            for position, tag in enumerate(told.tags)
        ],
    }


def addon(facts: ClientFacts, told: TagsTold, token: str, minutes: float = MINUTES) -> bytes:
    """The .xpi. Without ``facts.web`` it sets the tags as ``told`` now, and follows nobody."""
    url = facts.web + TAGS_PATH if facts.web else ""
    settings = {
        "url": url,
        "token": token if url else "",
        "minutes": minutes,
        "told": told_as_json(told),
    }
    source = files("admin.client_setup") / "thunderbird_addon_files"
    return zipped(
        {
            "manifest.json": _json(_manifest(facts, told, url)),
            "settings.json": _json(settings),
            **{name: (source / name).read_bytes() for name in _FILES},
        }
    )


def _manifest(facts: ClientFacts, told: TagsTold, url: str) -> dict[str, object]:
    permissions = [*_FOR_TAGS, *(_FOR_SENDER if told.login else ())]
    if url:
        at = urlsplit(url)
        # A pattern takes no port: it means all of them.
        permissions.append(f"{at.scheme}://{at.hostname}{at.path}")
    return {
        "manifest_version": 2,
        "name": "__MSG_name__",
        "description": "__MSG_description__",
        "version": "1.0",
        "default_locale": "en",
        "browser_specific_settings": {
            "gecko": {
                "id": ADDON_ID,
                "strict_min_version": "128.0",
                # Without one, the public store is asked for a newer add-on of this name, and
                # whoever puts one there would run here.
                "update_url": f"https://{facts.imap.host}/.well-known/proxyd/updates.json",
            }
        },
        "permissions": permissions,
        "background": {"scripts": ["keep.js"]},
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8")

"""The mail a new demo mailbox holds, rendered from the templates in ``mails/``.

A template file is TOML with one ``[[mail]]`` per message:
- ``id``: local part of its Message-ID; ``reply_to``: the id of the mail it answers;
- ``ago``: how long before now it was written ("2d 3h 5m"); ``zone`` of its Date, else "+0900";
- ``from``, ``to``, ``subject``, ``text``, ``html``, ``charset``, ``headers``, ``attachment``;
  ``{support}`` stands for the mailbox itself, which is also the default of ``to``;
- ``folder`` (INBOX if absent, "" for a mail that is only forwarded), ``flags``;
- ``forwards``: the id of a mail to attach.

The same moment and address give the same octets.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.resources import files
from typing import Any

from proxyd.demo.composing import Attachment, Letter, compose
from proxyd.demo.decoding import language
from proxyd.imapwire.dates import MONTHS
from proxyd.mailtext.addresses import texts

TEMPLATE_FILES = ("orders.toml", "complaints.toml", "enquiries.toml", "automatic.toml")
_SHOP = {"en": "Aoba Stationery Support", "ja": "あおば文具 サポート窓口"}
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_SPAN = re.compile(r"(\d+)([dhm])")


@dataclass(frozen=True, slots=True)
class DemoMail:
    folder: str
    octets: bytes
    flags: tuple[str, ...]
    internal_date: str


def rendered(now_us: int, address: str) -> list[DemoMail]:
    """All mails of a new mailbox, in the order they came."""
    templates = {template["id"]: template for template in _templates()}
    renderer = _Renderer(datetime.fromtimestamp(now_us // 1_000_000, UTC), address, templates)
    stored = [template for template in templates.values() if template.get("folder") != ""]
    stored.sort(key=renderer.written)
    return [renderer.mail(template) for template in stored]


def _templates() -> Iterator[Mapping[str, Any]]:
    for name in TEMPLATE_FILES:
        yield from tomllib.loads(_file(name).decode("utf-8"))["mail"]


def _file(name: str) -> bytes:
    return files("proxyd.demo").joinpath("mails", name).read_bytes()


class _Renderer:
    def __init__(
        self, now: datetime, address: str, templates: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._now = now
        self._address = address
        self._templates = templates

    def mail(self, template: Mapping[str, Any]) -> DemoMail:
        return DemoMail(
            folder=template.get("folder", "INBOX"),
            octets=self._octets(template),
            flags=tuple(template.get("flags", ())),
            internal_date=_internal_date(self.written(template)),
        )

    def written(self, template: Mapping[str, Any]) -> datetime:
        spans = {_UNITS[unit]: int(count) for count, unit in _SPAN.findall(template["ago"])}
        zone = datetime.strptime(template.get("zone", "+0900"), "%z").tzinfo
        return (self._now - timedelta(**spans)).astimezone(zone)

    def _octets(self, template: Mapping[str, Any]) -> bytes:
        forwards = template.get("forwards")
        headers = {**self._trace(template), **template.get("headers", {})}
        letter = Letter(
            message_id=self._message_id(template),
            date=self.written(template),
            sender=self._party(template["from"], template),
            to=self._party(template.get("to", "{support}"), template),
            subject=template["subject"],
            text=template["text"],
            html=template.get("html", ""),
            charset=template.get("charset", "utf-8"),
            references=self._thread(template),
            headers=headers,
            attachments=tuple(_attachment(one) for one in template.get("attachment", ())),
            forwarded=self._octets(self._templates[forwards]) if forwards else b"",
        )
        return compose(letter)

    def _party(self, text: str, template: Mapping[str, Any]) -> str:
        """An address; the shop signs in the language of the mail, and is plain as a recipient."""
        if text != "{support}":
            return text
        if template["from"] != text:
            return self._address
        return f"{_SHOP[language(template['text'])]} <{self._address}>"

    def _trace(self, template: Mapping[str, Any]) -> dict[str, str]:
        """What the provider's server adds to mail from outside."""
        if template["from"] == "{support}":
            return {}
        sender = _sender_of(template)
        host = "mail." + sender.partition("@")[2]
        number = zlib.crc32(template["id"].encode()) % 254 + 1  # an address like any other
        return {
            "Return-Path": f"<{sender}>",
            "Delivered-To": self._address,
            "Received": f"from {host} ({host} [192.0.2.{number}])\r\n"
            f"\tby mx.{self._address.partition('@')[2]} with ESMTPS for <{self._address}>;\r\n"
            f"\t{format_datetime(self.written(template))}",
        }

    def _message_id(self, template: Mapping[str, Any]) -> str:
        own = template["from"] == "{support}"
        host = (self._address if own else _sender_of(template)).partition("@")[2]
        return f"<{template['id']}.{self.written(template):%Y%m%d%H%M%S}@{host}>"

    def _thread(self, template: Mapping[str, Any]) -> tuple[str, ...]:
        found: list[str] = []
        while "reply_to" in template:
            template = self._templates[template["reply_to"]]
            found.append(self._message_id(template))
        return tuple(reversed(found))


def _attachment(entry: Mapping[str, str]) -> Attachment:
    return Attachment(entry["name"], entry["type"], _file(entry["file"]))


def _internal_date(when: datetime) -> str:
    return f"{when.day:02}-{MONTHS[when.month - 1]}-{when:%Y %H:%M:%S %z}"


def _sender_of(template: Mapping[str, Any]) -> str:
    return texts([template["from"].encode()])[0]

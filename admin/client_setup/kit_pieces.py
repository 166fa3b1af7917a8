"""The pieces of a kit: which files set up mail clients, each with what makes it. Pure.

A *piece* is one line of the four lists below: its path in the folder, what makes it, and what the
README says about it. What is made from what is not there (no private authority, no PDF wanted) is
None, and left out of the folder and of the README.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from admin.client_setup.autoconfig import autoconfig
from admin.client_setup.autodiscover import autodiscover
from admin.client_setup.dns_records import dns_records
from admin.client_setup.thunderbird_addon import addon
from admin.client_setup.thunderbird_machine import thunderbird_machine
from admin.client_setup.thunderbird_user_js import user_js
from proxyd.domain.client_facts import ClientFacts, ClientMailbox, ClientPerson
from proxyd.domain.tags_told import TagsTold, told_to_person

if TYPE_CHECKING:
    from admin.client_setup.apple_profile import Signer


@dataclass(frozen=True, slots=True)
class Order:
    """``passwords``: by login, of those that are known. ``language``: "" for each one's own.
    ``signer`` vouches for the profiles. ``tokens``: by login, of who may be told of colleagues;
    ``machines``: by name of the mailbox, what machines of it are told, and their token.
    """

    facts: ClientFacts
    people: tuple[ClientPerson, ...]
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    language: str = ""
    pdf: bool = True
    signer: Signer | None = None
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    machines: Mapping[str, tuple[TagsTold, str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ForPerson:
    """``path`` is below the folder of the person, and may have "{login}"."""

    path: str
    make: Callable[[Order, ClientPerson], bytes | None]
    english: str
    japanese: str


@dataclass(frozen=True, slots=True)
class ForDomain:
    """``path`` may have "{domain}"."""

    path: str
    make: Callable[[Order, str], bytes | None]
    english: str
    japanese: str


@dataclass(frozen=True, slots=True)
class ForMailbox:
    """``path`` may have "{mailbox}"."""

    path: str
    make: Callable[[Order, ClientMailbox], bytes | None]
    english: str
    japanese: str


@dataclass(frozen=True, slots=True)
class ForAll:
    path: str
    make: Callable[[Order], bytes | None]
    english: str
    japanese: str


def mailboxes_of(people: Iterable[ClientPerson]) -> list[ClientMailbox]:
    """Those of these people, by name."""
    boxes = {box.name: box for person in people for box in person.mailboxes}
    return [boxes[name] for name in sorted(boxes)]


def domains_of(mailboxes: Iterable[ClientMailbox]) -> list[str]:
    """Those of their addresses."""
    return sorted({box.domain for box in mailboxes})


def _page(order: Order, person: ClientPerson) -> bytes:
    from admin.client_setup.sheet import sheet  # noqa: PLC0415 - few commands make a kit

    return sheet(order.facts, person, order.passwords.get(person.login, ""), order.language)


def _pdf(order: Order, person: ClientPerson) -> bytes | None:
    if not order.pdf:
        return None
    from admin.client_setup.sheet_pdf import sheet_pdf  # noqa: PLC0415 - as above

    return sheet_pdf(order.facts, person, order.passwords.get(person.login, ""), order.language)


def _apple(order: Order, person: ClientPerson) -> bytes:
    from admin.client_setup.apple_profile import apple_profile  # noqa: PLC0415 - as above

    return apple_profile(order.facts, person, order.signer)


def _user_js(order: Order, person: ClientPerson) -> bytes:
    return user_js(order.facts, person)


def _addon(order: Order, person: ClientPerson) -> bytes | None:
    token = order.tokens.get(person.login)
    if token is None:
        return None
    return addon(order.facts, told_to_person(order.facts.organisation, person), token)


def _machine(order: Order, mailbox: ClientMailbox) -> bytes | None:
    if mailbox.name not in order.machines:
        return None
    told, token = order.machines[mailbox.name]
    return thunderbird_machine(order.facts, told, token)


def _outlook(order: Order, person: ClientPerson) -> bytes:
    return autodiscover(order.facts, person.mailboxes[0].address)


def _authority(order: Order) -> bytes | None:
    return order.facts.ca_pem.encode("ascii") or None


FOR_PERSON: Final = (
    ForPerson(
        "sheet.html",
        _page,
        "Give it to this person alone: what to type, and the first steps. Prints on one page.",
        "ご本人だけに渡してください。入力する内容と最初の手順です。1ページに印刷できます。",
    ),
    ForPerson(
        "sheet.pdf",
        _pdf,
        "The same, to print or to pass on.",
        "同じ内容の、印刷・配布用です。",
    ),
    ForPerson(
        "{login}.mobileconfig",
        _apple,
        "For iPhone, iPad and Mac: opened there, it sets up the accounts, and asks for the "
        "password.",
        "iPhone、iPad、Mac用です。開くとアカウントが設定され、パスワードの入力を求められます。",
    ),
    ForPerson(
        "prefs.js",
        _user_js,
        "For Thunderbird: into the folder of a new profile before its first start; then only the "
        "password is typed.",
        "Thunderbird用です。新しいプロファイルのフォルダーに、初めて起動する前に入れます。"
        "入力するのはパスワードだけになります。",
    ),
    ForPerson(
        "thunderbird-tags.xpi",
        _addon,
        "For this person's Thunderbird: an add-on that keeps the tags of status and colleagues in "
        "step. Install it from the file.",
        "ご本人のThunderbird用です。対応状況と担当者のタグを最新に保つアドオンです。ファイルから"
        "インストールします。",
    ),
    ForPerson(
        "autodiscover.xml",
        _outlook,
        "For Outlook for Windows, where no web server answers it (docs/client-setup.md).",
        "Windows版Outlook用です。自動検出に応答するWebサーバーがない場合に使います。",
    ),
)
FOR_DOMAIN: Final = (
    ForDomain(
        "{domain}/config-v1.1.xml",
        lambda order, domain: autoconfig(order.facts, domain),
        "Where proxyd itself is not asked: put it on a web server as "
        "https://autoconfig.DOMAIN/mail/config-v1.1.xml, and mail clients find the servers.",
        "Webサーバーに https://autoconfig.DOMAIN/mail/config-v1.1.xml として置くと、メールソフトが"
        "サーバーを自動で検出します（proxyd が直接応答する場合は不要です）。",
    ),
    ForDomain(
        "{domain}/dns.txt",
        lambda order, domain: dns_records(order.facts, domain).encode("utf-8"),
        "DNS records to copy into the domain's zone.",
        "ドメインのゾーンに追加するDNSレコードです。",
    ),
)
FOR_MAILBOX: Final = (
    ForMailbox(
        "thunderbird-machine-{mailbox}.zip",
        _machine,
        "For Thunderbird on machines of this mailbox, whoever sits there: tags, settings, your own "
        "authority. Unpack it into the folder distribution beside the program.",
        "このメールボックスを使うパソコンのThunderbird用です（タグ、設定、自社の認証局）。プログラムと"
        "同じ場所にある distribution フォルダーに展開します。",
    ),
)
FOR_ALL: Final = (
    ForAll(
        "ca.pem",
        _authority,
        "The authority that signed the server's certificate. Import it into each mail client or "
        "system before the account is set up.",
        "サーバー証明書を発行した認証局です。アカウントを設定する前に、メールソフトまたはOSに登録して"
        "ください。",
    ),
)

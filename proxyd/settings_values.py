"""The kinds of value a setting can have, each parsed from the text a person writes.

A refusal says what is wrong and what to write instead; ``settings_file`` takes it apart. None is a
listener that is off, or a path that is not given.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, PlainSerializer, PlainValidator
from pydantic_core import PydanticCustomError

MAX_PORT = 65535


def wrong(what: str, instead: str) -> PydanticCustomError:
    return PydanticCustomError("proxyd", "{what}", {"what": what, "instead": instead})


@dataclass(frozen=True, slots=True)
class Listen:
    """Where a listener binds. Port 0 lets the system choose a free one."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_listen(value: object) -> Listen | None:
    """``host:port`` or ``[v6]:port``; "" is a listener that is off."""
    if isinstance(value, Listen) or value is None:
        return value
    if not isinstance(value, str):
        raise _no_listen("is not a text")
    if value == "":
        return None
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:\[\]/]+)):([0-9]{1,5})", value)
    if found is None:
        raise _no_listen(f"{value!r} is not a listen address")
    if int(found[3]) > MAX_PORT:
        raise wrong(f"{found[3]} is not a port", f"write a port from 0 to {MAX_PORT}")
    return Listen(found[1] or found[2], int(found[3]))


def _no_listen(what: str) -> PydanticCustomError:
    return PydanticCustomError("listen", "{what}", {"what": what})


def meant_listen(value: object, usual: Listen) -> Listen:
    """What was written, made whole; ``usual`` is what that setting is where nobody writes it."""
    text = str(value).strip() if isinstance(value, str) or type(value) is int else ""
    host, _, port = text.rpartition(":")
    is_port = port.isascii() and port.isdigit() and int(port[:6]) <= MAX_PORT
    if not is_port or (_is_ipv6(text) and not _is_ipv6(host)):
        host, port = text, ""
    host = host.strip("[]")
    fits = re.fullmatch(r"[A-Za-z0-9._-]+", host) or _is_ipv6(host)
    return Listen(host if fits else usual.host, int(port or usual.port))


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def _parse_path(value: object) -> Path | None:
    if isinstance(value, Path) or value is None:
        return value
    if not isinstance(value, str) or "\0" in value:
        raise wrong("is not a path", 'write the path in quotes, for example "/etc/proxyd/x.pem"')
    return Path(os.path.expanduser(value)) if value else None


def _written(value: object) -> str:
    return "" if value is None else str(value)


Address = Annotated[Listen | None, PlainValidator(parse_listen), PlainSerializer(_written)]
OptionalPath = Annotated[Path | None, PlainValidator(_parse_path), PlainSerializer(_written)]


def _host_name(value: str) -> str:
    if re.fullmatch(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*\.?", value):
        return value.rstrip(".")
    raise wrong(
        f"{value!r} is not a host name", 'write the name clients use, as "mail.example.com"'
    )


HostName = Annotated[str, AfterValidator(_host_name)]


def _web_address(value: str) -> str:
    if not value or re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?", value.rstrip("/")):
        return value.rstrip("/")
    raise wrong(f"{value!r} is not a web address", 'write it as "https://autoconfig.example.com"')


WebAddress = Annotated[str, AfterValidator(_web_address)]


def _public_address(value: str) -> str:
    """With http for this machine alone: a password in clear goes nowhere else."""
    bare = value.rstrip("/").lower()
    https = r"https://[a-z0-9.-]+(:[0-9]{1,5})?"
    if not value or re.fullmatch(rf"{https}|http://localhost(:[0-9]{{1,5}})?", bare):
        return bare
    raise wrong(f"{value!r} is not a web address", 'write it as "https://console.example.com"')


PublicAddress = Annotated[str, AfterValidator(_public_address)]


def _reached_at(value: str) -> str:
    found = re.fullmatch(r"(?:[A-Za-z0-9.-]+:([0-9]{1,5}))?", value)
    if found and 0 <= int(found[1] or 1) <= MAX_PORT:
        return value
    raise wrong(f"{value!r} is not a server's address", 'write it as "mail.example.com:993"')


ReachedAt = Annotated[str, AfterValidator(_reached_at)]

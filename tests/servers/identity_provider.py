"""A real identity provider for tests: Debian's Glewlwyd, as a child process.

    with IdentityProvider(redirect="http://127.0.0.1:1234/sign-in/sso/back") as provider:
        provider.issuer, provider.client_id, provider.secret

An OpenID Connect server in C with a JOSE library of its own, so that ours and its reading of the
standards were written by different people. Everything is in a folder of its own, SQLite included;
it listens on 127.0.0.1, and is stopped by its process id.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import shutil
import sqlite3
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.patience import until
from tests.servers.ports import free_ports
from tests.servers.unpacked import environment, root

CLIENT_ID = "proxyd"
SECRET = "a secret of proxyd's"
PASSWORD = "their password there"
_STOP_S = 5.0
_PATIENT_S = 60.0


class IdentityProvider:
    """``people``: logins there; each has PASSWORD, and an address of example.test."""

    def __init__(
        self,
        redirect: str,
        *,
        people: tuple[str, ...] = ("anna", "ben"),
        out: str = "",
        hook: str = "",
    ) -> None:
        """``redirect``: where people come back to; ``out``: after signing out there; ``hook``: what
        hears of it (Back-Channel Logout).
        """
        self._redirect = redirect
        self._out = out
        self._hook = hook
        self._people = people
        (self.port,) = free_ports(1)
        self.address = f"http://127.0.0.1:{self.port}"
        self.issuer = f"{self.address}/api/oidc"
        self.directory = Path(tempfile.mkdtemp(prefix="provider-"))
        self._process: subprocess.Popen[bytes] | None = None

    # ------------------------------------------------------------------ life

    def __enter__(self) -> IdentityProvider:
        try:
            self._write()
            self.start()
            self._set_up()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        program = root() / "usr" / "bin" / "glewlwyd"
        log = (self.directory / "log").open("ab")
        self._process = subprocess.Popen(
            [program, "--config-file", self.directory / "conf"],
            env=environment(),
            stdout=log,
            stderr=log,
            cwd=self.directory,
        )
        log.close()
        until(self._answers, self.log)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self) -> str:
        return (self.directory / "log").read_text("utf-8", "replace")

    def _answers(self) -> bool:
        assert self._process is not None and self._process.poll() is None, self.log()
        try:
            urllib.request.urlopen(f"{self.address}/config", timeout=_PATIENT_S).close()
        except OSError:
            return False
        return True

    # ------------------------------------------------------------------ what it is told

    def _write(self) -> None:
        """Configuration and empty tables."""
        base = root()
        modules = base / "usr" / "lib" / "glewlwyd"
        pages = base / "usr" / "share" / "glewlwyd" / "webapp"
        ignored = shutil.ignore_patterns("config.json")  # a link into /etc
        shutil.copytree(pages, self.directory / "pages", ignore=ignored)
        shutil.copy(base / "usr/share/glewlwyd/templates/config.json", self.directory / "pages")
        text = (
            f"""
            port={self.port}
            bind_address="127.0.0.1"
            external_url="{self.address}"
            login_url="login.html"
            api_prefix="api"
            static_files_path="{self.directory}/pages/"
            log_mode="console"
            log_level="WARNING"
            cookie_secure=0
            admin_scope="g_admin"
            profile_scope="g_profile"
            user_module_path="{modules}/user"
            client_module_path="{modules}/client"
            user_auth_scheme_module_path="{modules}/scheme"
            plugin_module_path="{modules}/plugin"
            hash_algorithm="SHA512"
            login_api_enabled=true
            database = {{ type="sqlite3" path="{self.directory}/db" }};
            static_files_mime_types = (
            """
            + ",".join(f'{{ extension="{e}" mime_type="{t}" }}' for e, t in _TYPES.items())
            + ")\n"
        )
        (self.directory / "conf").write_text(text)
        tables = base / "usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
        with sqlite3.connect(self.directory / "db") as connection:
            connection.executescript(tables.read_text())
        connection.close()

    def _set_up(self) -> None:
        """By its own pages' interface, as its administrator would."""
        admin = Visitor(self)
        admin.sign_in("admin", "password")
        admin.send("POST", "/mod/plugin/", _plugin(self.issuer))
        client = {
            "client_id": CLIENT_ID,
            "client_secret": SECRET,
            "confidential": True,
            "enabled": True,
            "name": "proxyd",
            "scope": [],
            "redirect_uri": [self._redirect],
            "authorization_type": ["code"],
            "token_endpoint_auth_method": ["client_secret_basic"],
        }
        if self._out:
            client |= {"post_logout_redirect_uri": self._out}
        if self._hook:
            client |= {"backchannel_logout_uri": self._hook}
        admin.send("POST", "/client/", client)
        for login in self._people:
            self.add(login)

    def add(self, login: str) -> None:
        admin = Visitor(self)
        admin.sign_in("admin", "password")
        person = {
            "username": login,
            "name": login.title(),
            "email": f"{login}@example.test",
            "password": PASSWORD,
            "scope": ["openid", "g_profile"],
            "enabled": True,
        }
        admin.send("POST", "/user/", person)

    def remove(self, login: str) -> None:
        admin = Visitor(self)
        admin.sign_in("admin", "password")
        admin.send("DELETE", f"/user/{login}")

    def end_sessions(self, cookies: Sequence[Mapping[str, Any]]) -> None:
        """Of the browser with these cookies, as its page for signing out does it."""
        with contextlib.closing(sqlite3.connect(self.directory / "db")) as connection:
            query = "SELECT DISTINCT gpoi_sid FROM gpo_id_token WHERE gpoi_sid IS NOT NULL"
            sids = [row[0] for row in connection.execute(query)]
        header = "; ".join(f"{one['name']}={one['value']}" for one in cookies)
        for sid in sids:
            address = f"{self.issuer}/session/{sid}/"
            request = urllib.request.Request(address, method="DELETE", headers={"Cookie": header})
            with contextlib.suppress(urllib.error.HTTPError):  # another browser's
                urllib.request.urlopen(request, timeout=_PATIENT_S).close()


_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "application/javascript",
    ".json": "application/json",
}


class Visitor:
    """A browser at the provider, without a screen: keeps its cookie, follows no redirect."""

    def __init__(self, provider: IdentityProvider) -> None:
        self._provider = provider
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies, _NoRedirect)

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        self.send("POST", "/auth/", {"username": login, "password": password})

    def consent(self) -> None:
        """As the page asks for it at the first time."""
        self.send("PUT", f"/auth/grant/{CLIENT_ID}", {"scope": "openid"})

    def send(self, method: str, path: str, content: object = None) -> bytes:
        data = None if content is None else json.dumps(content).encode()
        address = f"{self._provider.address}/api{path}"
        request = urllib.request.Request(address, data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with self._opener.open(request, timeout=_PATIENT_S) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            told = error.read().decode("utf-8", "replace")
            raise AssertionError(f"{method} {path}: {error.code} {told}") from None

    def goes(self, address: str) -> str:
        """Where the provider sends the browser on to."""
        try:
            with self._opener.open(address, timeout=_PATIENT_S) as answer:
                return f"{answer.status} {answer.read()[:500]!r}"
        except urllib.error.HTTPError as error:
            return str(error.headers.get("Location"))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _plugin(issuer: str) -> dict[str, object]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    username = {
        "name": "preferred_username",
        "user-property": "username",
        "type": "string",
        "mandatory": True,
        "on-demand": False,
        "scope": [],
    }
    parameters = {
        "iss": issuer,
        "subject-type": "public",
        "jwt-type": "rsa",
        "jwt-key-size": "256",
        "key": private.decode(),
        "cert": public.decode(),
        "jwks-show": True,
        "access-token-duration": 3600,
        "refresh-token-duration": 3600,
        "code-duration": 600,
        "allow-non-oidc": False,
        "auth-type-code-enabled": True,
        "auth-type-code-revoke-replayed": True,
        "auth-type-token-enabled": False,
        "auth-type-id-token-enabled": True,
        "auth-type-none-enabled": False,
        "auth-type-password-enabled": False,
        "auth-type-client-enabled": False,
        "auth-type-device-enabled": False,
        "auth-type-refresh-enabled": False,
        "pkce-allowed": True,
        "pkce-method-plain-allowed": False,
        "pkce-required": True,
        "oauth-as-iss-id": True,
        "allowed-scope": ["openid"],
        "email-claim": "mandatory",
        "name-claim": "no",
        "scope-claim": "no",
        "claims": [username],
        "session-management-allowed": True,
        "session-cookie-name": "PROVIDER_SESSION",
        "session-cookie-expiration": 86400,
        "front-channel-logout-allowed": False,
        "back-channel-logout-allowed": True,
    }
    return {"module": "oidc", "name": "oidc", "display_name": "OpenID", "parameters": parameters}

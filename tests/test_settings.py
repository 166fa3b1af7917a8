"""The configuration: its example, its sources, and every mistake named in one go."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from proxyd.settings import Settings
from proxyd.settings_check import surroundings
from proxyd.settings_example import example
from proxyd.settings_file import (
    _validated,
    choose_file,
    load,
    read,
    sections,
    variable_of,
)
from proxyd.settings_problem import Problem, SettingsError
from proxyd.settings_values import Listen, parse_listen
from tests.servers.certificates import make_ca

ROOT = Path(__file__).parent.parent
LOOPBACK = """
[imap]
tls = ""
starttls = "127.0.0.1:1143"
[smtp]
tls = ""
starttls = "127.0.0.1:1587"
"""


def written(directory: Path, text: str) -> Path:
    path = directory / "proxyd.toml"
    path.write_text(text, "utf-8")
    return path


def problems(directory: Path, text: str, **variables: str) -> list[Problem]:
    return list(read(written(directory, text), variables).problems)


def by_key(found: list[Problem]) -> dict[str, Problem]:
    assert len({problem.key for problem in found}) == len(found), "one problem per key here"
    return {problem.key: problem for problem in found}


# ------------------------------------------------------------------ the example


def test_the_example_parses_to_the_defaults() -> None:
    assert Settings.model_validate(tomllib.loads(example())) == Settings()


def test_the_example_has_every_key() -> None:
    parsed = tomllib.loads(example())
    assert {name: set(keys) for name, keys in parsed.items()} == {
        name: set(model.model_fields) for name, model in sections().items()
    }


def test_the_example_explains_every_key() -> None:
    lines = example().splitlines()
    for line, before in zip(lines[1:], lines, strict=False):
        if (
            " = " in line
            and not line.startswith("#")
            and not line.startswith(("key", "en", "ja", "stops"))
        ):
            assert before.startswith("# "), line
    assert max(map(len, lines)) <= 100


def test_the_example_in_conf_is_the_printed_one() -> None:
    path = ROOT / "conf" / "proxyd.example.toml"
    assert path.read_text("utf-8") == example(), (
        "run: proxyd conf example > conf/proxyd.example.toml"
    )


def test_no_setting_is_dead() -> None:
    """Each is read by what starts the program, or by a property of the settings."""
    readers = [*(ROOT / "proxyd" / "app").glob("*.py"), ROOT / "proxyd" / "settings.py"]
    text = "\n".join(path.read_text("utf-8") for path in readers)
    dead = [
        f"{name}.{key}"
        for name, model in sections().items()
        for key in model.model_fields
        if not re.search(rf"\.{key}\b", text)
    ]
    assert dead == []


# ------------------------------------------------------------------ sources


def test_a_variable_goes_before_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, LOOPBACK)
    settings = load(
        path,
        {
            "PROXYD_IMAP_STARTTLS": "[::1]:2143",
            "PROXYD_UPSTREAM_CONNECTIONS": "5",
            "PROXYD_HTTP_METRICS": "false",
            "PROXYD_WORKFLOW_INITIAL": "hold",
        },
    )
    assert settings.imap.starttls == Listen("::1", 2143)
    assert settings.smtp.starttls == Listen("127.0.0.1", 1587)
    assert settings.upstream.connections == 5
    assert settings.http.metrics is False
    assert settings.workflow.initial == "hold"


def test_variables_alone_are_a_configuration(tmp_path: Path) -> None:
    variables = {
        "PROXYD_SERVER_DATA_DIR": str(tmp_path),
        "PROXYD_IMAP_TLS": "",
        "PROXYD_SMTP_TLS": "",
        "PROXYD_IMAP_STARTTLS": "127.0.0.1:0",
        "PROXYD_SMTP_STARTTLS": "127.0.0.1:0",
        "PROXYD_CONFIG": "",
    }
    found = read(None, variables)
    assert found.problems == () and found.file is None
    assert found.settings.database == tmp_path / "proxyd.db"


def test_a_list_in_a_variable_is_written_as_toml(tmp_path: Path) -> None:
    statuses = '[{key="open",en="A",ja="ア"},{key="done",en="B",ja="イ"}]'
    settings = load(written(tmp_path, LOOPBACK), {"PROXYD_WORKFLOW_STATUSES": statuses})
    assert [status.key for status in settings.workflow.statuses] == ["open", "done"]
    assert settings.workflow.status_set.keys == ("open", "done")


def test_a_variable_in_error_is_named_as_such(tmp_path: Path) -> None:
    found = problems(tmp_path, LOOPBACK, PROXYD_UPSTREAM_CONNECTIONS="many")
    assert found == [
        Problem(
            "environment",
            "PROXYD_UPSTREAM_CONNECTIONS",
            "must be a whole number, not 'many'",
            "write it without quotes and point",
        )
    ]


def test_an_unknown_variable_of_a_section_is_an_error(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, LOOPBACK, PROXYD_IMAP_STARTLS="x", PROXYD_PORT_993_TCP="x")
    assert found.key == "PROXYD_IMAP_STARTLS"
    assert found.instead == "did you mean PROXYD_IMAP_STARTTLS?"


@pytest.mark.parametrize(
    ("variable", "instead"),
    [
        ("PROXYD_IMPA_TLS", "did you mean PROXYD_IMAP_TLS?"),
        ("PROXYD_STORE_PAHT", "did you mean PROXYD_STORE_PATH?"),
        ("PROXYD_MASTERKEY", "did you mean PROXYD_MASTER_KEY?"),
        ("PROXYD_CONFIG_FILE", "did you mean PROXYD_CONFIG?"),
        ("PROXYD_XYZZY_PLUGH_ABRACADABRA", "remove it; variables are called"),
    ],
)
def test_a_variable_that_is_no_setting(tmp_path: Path, variable: str, instead: str) -> None:
    (found,) = problems(tmp_path, LOOPBACK, **{variable: "x"})
    assert (found.file, found.key, found.what) == ("environment", variable, "is not a setting")
    assert found.instead.startswith(instead)


@pytest.mark.parametrize(
    "variable",
    [
        "PROXYD_PORT",
        "PROXYD_PORT_993_TCP",
        "PROXYD_PORT_993_TCP_ADDR",
        "PROXYD_SERVICE_HOST",
        "PROXYD_SERVICE_PORT",
        "PROXYD_SERVICE_PORT_IMAPS",
        "PROXYD_NAME",
        "PROXYD_ENV_PATH",
        "PROXYD_MASTER_KEY",
        "PROXYD_CONFIG",
        "PROXYDISH",
    ],
)
def test_variables_that_are_not_for_us(tmp_path: Path, variable: str) -> None:
    assert problems(tmp_path, LOOPBACK, **{variable: "tcp://10.0.0.1:993"}) == []


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, LOOPBACK + '[server]\ndata_dir = "data"\n[log]\nanchor_file = "/a"\n')
    settings = load(path, {})
    assert settings.data_dir == tmp_path / "data"
    assert settings.database == tmp_path / "data" / "proxyd.db"
    assert settings.master_key_file == tmp_path / "data" / "master.key"
    assert settings.anchor_file == Path("/a")


def test_the_file_is_looked_for_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert choose_file(None, {})[0] in {None, Path("/etc/proxyd/proxyd.toml")}
    written(tmp_path, "")
    assert choose_file(None, {})[0] == Path("proxyd.toml")
    assert choose_file(None, {"PROXYD_CONFIG": "/b"})[0] == Path("/b")
    assert choose_file(Path("/c"), {"PROXYD_CONFIG": "/b"})[0] == Path("/c")


def test_no_configuration_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("proxyd.settings_file.USUAL_FILES", (Path("proxyd.toml"),))
    with pytest.raises(SettingsError, match=r"proxyd conf example > proxyd\.toml"):
        load(None, {})


# ------------------------------------------------------------------ mistakes


def test_every_mistake_in_one_go(tmp_path: Path) -> None:
    found = by_key(
        problems(
            tmp_path,
            """
            hostname = "x"
            [imap]
            tls = "foo"
            idel_s = 3
            login_s = "x"
            [tls]
            certificate = "cert.pem"
            [workflow]
            initial = "new"
            [upstream]
            connections = 99
            [log]
            anchor_file = 3
            [server]
            log_level = "loud"
            [foo]
            """,
            PROXYD_SMTP_TLS="1.2.3.4:99999",
        )
    )
    assert set(found) == {
        "hostname",
        "imap.tls",
        "imap.idel_s",
        "imap.login_s",
        "tls.key",
        "workflow.initial",
        "upstream.connections",
        "log.anchor_file",
        "server.log_level",
        "foo",
        "PROXYD_SMTP_TLS",
    }
    assert found["imap.idel_s"].instead == "did you mean idle_s?"
    assert found["hostname"].instead == "put it below a line [server]"
    assert found["upstream.connections"].instead == "write at most 15"
    assert found["server.log_level"].instead == "write 'debug', 'info', 'warning' or 'error'"
    assert found["workflow.initial"].instead == "write one of: open, checking, hold, done"
    assert found["foo"].what == "is not a section"
    assert all(problem.file.endswith("proxyd.toml") for key, problem in found.items() if "." in key)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[imap\n", "is not TOML"),
        ("[imap]\ntls = 'a'\ntls = 'b'\n", "is not TOML"),
        ("imap = 3\n", "must be a section"),
        ("[imap]\nmax_connections = true\n", "must be a whole number"),
        ("[imap]\nmax_connections = 1.5\n", "must be a whole number"),
        ("[imap]\ntls = 993\n", "is not a text"),
        ('[imap]\ntls = "993"\n', "is not a listen address"),
        ('[imap]\ntls = "::1:993"\n', "is not a listen address"),
        ('[imap]\ntls = "a b:993"\n', "is not a listen address"),
        ('[imap]\ntls = "a:70000"\n', "70000 is not a port"),
        ("[http]\nmetrics = 1\n", "must be true or false"),
        ('[server]\nhostname = "a_b"\n', "is not a host name"),
        ('[server]\nhostname = ""\n', "is not a host name"),
        ('[log]\nanchor_file = "a\\u0000b"\n', "is not a path"),
        ("[workflow]\nstatuses = 3\n", "must be a list"),
        ("[workflow]\nstatuses = []\n", "has too few entries"),
        ('[workflow]\nstatuses = ["open", "done"]\n', "entry 1: must be a section"),
    ],
)
def test_one_mistake(tmp_path: Path, text: str, what: str) -> None:
    found = [str(problem) for problem in problems(tmp_path, text)]
    assert any(what in problem for problem in found), found


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[imap]\ntls = 1993\n", "0.0.0.0:1993"),
        ('[imap]\ntls = "993"\n', "0.0.0.0:993"),
        ('[imap]\ntls = ":1993"\n', "0.0.0.0:1993"),
        ('[imap]\ntls = "mail.example.test"\n', "mail.example.test:993"),
        ('[imap]\nstarttls = "192.0.2.7"\n', "192.0.2.7:143"),
        ('[smtp]\ntls = "::1"\n', "[::1]:465"),
        ('[smtp]\nstarttls = "::1:1587"\n', "[::1]:1587"),
        ("[smtp]\ntls = true\n", "0.0.0.0:465"),
        ('[http]\nlisten = "a b"\n', "127.0.0.1:9180"),
        ("[console]\nlisten = []\n", "127.0.0.1:8025"),
    ],
)
def test_an_address_is_suggested_of_what_was_given(tmp_path: Path, text: str, meant: str) -> None:
    (found,) = [one for one in problems(tmp_path, text) if "is not a" in one.what]
    assert found.instead == f'write "{meant}", or "" to switch it off'


def test_which_statuses_stop_answers(tmp_path: Path) -> None:
    """Configurations from before the choice say nothing of it: the key hold has always stopped."""

    def stopping(hold: str, approval: str) -> list[str]:
        text = (
            LOOPBACK
            + '[workflow]\nstatuses = [{key="open",en="A",ja="a"},{key="done",en="B",ja="b"},'
            f'{{key="hold",en="C",ja="c"{hold}}},{{key="approval",en="D",ja="d"{approval}}}]\n'
        )
        words = load(written(tmp_path, text), {}).workflow.status_set.words
        return [word.key for word in words if word.stops]

    assert stopping("", "") == ["hold"]
    assert stopping("", ",stops=true") == ["hold", "approval"]
    assert stopping(",stops=false", ",stops=true") == ["approval"]


def test_statuses_are_judged_as_a_whole(tmp_path: Path) -> None:
    text = (
        LOOPBACK
        + "[workflow]\nstatuses = ["
        + ",".join(
            [
                '{key="open", en="Mine", ja="未"}',
                '{key="open", en="X/Y", ja="済"}',
                '{key="done", en="Done", ja="済"}',
                "]",
            ]
        )
    )
    found = [problem.what for problem in problems(tmp_path, text)]
    assert found == [
        "the key 'open' stands there twice",
        "two folders would be called 'Mine'",
        "'X/Y' can't be a folder's name",
        "two folders would be called '済'",
    ]


def test_listeners_must_not_collide(tmp_path: Path) -> None:
    text = LOOPBACK.replace("1587", "1143") + '[http]\nlisten = "127.0.0.1:1143"\n'
    found = by_key(problems(tmp_path, text))
    assert set(found) == {"smtp.starttls", "http.listen"}
    assert "taken by imap.starttls" in found["smtp.starttls"].what


def test_port_0_never_collides(tmp_path: Path) -> None:
    text = LOOPBACK.replace("1587", "0").replace("1143", "0")
    assert problems(tmp_path, text) == []


def test_all_addresses_collide_with_each_one(tmp_path: Path) -> None:
    text = LOOPBACK + '[http]\nlisten = "0.0.0.0:1143"\n'
    assert any("is taken by" in problem.what for problem in problems(tmp_path, text))


def test_health_is_kept_on_the_loopback_address(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, LOOPBACK + '[http]\nlisten = "192.0.2.1:9180"\n')
    assert found.key == "http.listen" and "reached from outside" in found.what


def test_passwords_never_travel_in_clear(tmp_path: Path) -> None:
    text = LOOPBACK.replace('"127.0.0.1:1143"', '"192.0.2.1:143"')
    (found,) = problems(tmp_path, text)
    assert found.key == "tls.certificate" and "imap.starttls (192.0.2.1:143)" in found.what


@pytest.mark.parametrize(("passes", "least"), [(1, 47_104), (2, 19_456), (5, 7_168), (20, 7_168)])
def test_hashes_are_as_dear_as_owasp_asks(tmp_path: Path, passes: int, least: int) -> None:
    text = LOOPBACK + f"[passwords]\npasses = {passes}\nmemory_kib = {{}}\n"
    assert not problems(tmp_path, text.format(least))
    (found,) = problems(tmp_path, text.format(least - 1 if least > 7_168 else 7_167))
    assert found.key == "passwords.memory_kib"
    assert f"{least}" in str(found)


@pytest.mark.parametrize("line", ["threads = 0", "lanes = 0", "passes = 0", "memory_kib = 2000000"])
def test_what_no_machine_can_hash_with(tmp_path: Path, line: str) -> None:
    (found,) = problems(tmp_path, LOOPBACK + f"[passwords]\n{line}\n")
    assert found.key == f"passwords.{line.partition(' ')[0]}"


def test_a_proxy_without_a_door(tmp_path: Path) -> None:
    text = '[imap]\ntls = ""\nstarttls = ""\n[smtp]\ntls = ""\nstarttls = ""\n'
    (found,) = problems(tmp_path, text)
    assert found.what == "all listeners for mail are off"


def test_files_that_are_none(tmp_path: Path) -> None:
    (missing,) = read(tmp_path / "none.toml", {}).problems[:1]
    assert "No such file" in missing.what
    (directory,) = read(tmp_path, {}).problems[:1]
    assert "can't be read" in directory.what
    binary = tmp_path / "b.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "is not UTF-8 text" in read(binary, {}).problems[0].what
    binary.write_bytes(b"a = " + b"[" * 100_000)
    assert "is not TOML" in read(binary, {}).problems[0].what
    binary.write_bytes(b"#" * 1_100_000)
    assert "larger than 1 MiB" in read(binary, {}).problems[0].what


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "bom.toml"
    path.write_bytes(b"\xef\xbb\xbf" + LOOPBACK.encode())
    assert read(path, {}).problems == ()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=8,
    ),
    st.sampled_from(
        [f"{name}.{key}" for name, model in sections().items() for key in model.model_fields]
    ),
)
def test_no_value_of_any_kind_raises(value: object, key: str) -> None:
    section, name = key.split(".")
    settings, found = _validated({section: {name: value}})
    assert isinstance(settings, Settings)
    assert all(what and instead for _, what, instead in found)


@given(st.text(max_size=30))
def test_no_variable_of_any_kind_raises(value: str) -> None:
    for key in ("imap.tls", "imap.login_s", "http.metrics", "workflow.statuses", "tls.key"):
        loaded = read(None, {variable_of(key): value})
        assert all(isinstance(str(problem), str) for problem in loaded.problems)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)), st.integers(0, 65535))
def test_a_listen_address_survives_the_round_trip(host: object, port: int) -> None:
    listen = Listen(str(host), port)
    assert parse_listen(str(listen)) == listen


def test_what_is_loopback() -> None:
    for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost"):
        assert Listen(host, 1).loopback
    for host in ("0.0.0.0", "::", "192.0.2.1", "localhost.example"):
        assert not Listen(host, 1).loopback


# ------------------------------------------------------------------ surroundings


def findings(directory: Path, text: str, now: datetime | None = None) -> dict[str, str]:
    loaded = read(written(directory, text), {})
    assert loaded.problems == ()
    return {key: what for key, what, _ in surroundings(loaded.settings, now)}


def configuration(directory: Path, hostname: str = "localhost") -> str:
    return (
        f'[server]\nhostname = "{hostname}"\ndata_dir = "{directory}/data"\n'
        '[tls]\ncertificate = "server.pem"\nkey = "server.key"\n'
    )


def test_all_is_well(tmp_path: Path) -> None:
    make_ca(tmp_path)
    assert findings(tmp_path, configuration(tmp_path)) == {}


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    make_ca(tmp_path, names=("a.example", "*.b.example"))
    assert findings(tmp_path, configuration(tmp_path, "x.b.example")) == {}
    for hostname in ("b.example", "x.y.b.example", "other.example"):
        found = findings(tmp_path, configuration(tmp_path, hostname))
        assert "the certificate is not for" in found["server.hostname"]


def test_a_certificate_out_of_its_time(tmp_path: Path) -> None:
    make_ca(tmp_path)
    text = configuration(tmp_path)
    now = datetime.now(UTC)
    assert "expired" in findings(tmp_path, text, now + timedelta(days=400))["tls.certificate"]
    assert (
        "not valid before" in findings(tmp_path, text, now - timedelta(days=9))["tls.certificate"]
    )


def test_keys_that_do_not_fit(tmp_path: Path) -> None:
    made = make_ca(tmp_path)
    text = configuration(tmp_path)
    key = ec.generate_private_key(ec.SECP256R1())
    form = (Encoding.PEM, PrivateFormat.PKCS8)
    made.key.write_bytes(key.private_bytes(*form, NoEncryption()))
    assert "does not belong" in findings(tmp_path, text)["tls.key"]
    made.key.write_bytes(key.private_bytes(*form, BestAvailableEncryption(b"x")))
    assert "passphrase" in findings(tmp_path, text)["tls.key"]
    made.key.write_bytes(b"-----BEGIN NOTHING-----")
    assert "is not a PEM private key" in findings(tmp_path, text)["tls.key"]
    made.certificate.write_bytes(b"nothing")
    assert "is not a PEM certificate" in findings(tmp_path, text)["tls.certificate"]
    made.key.unlink()
    assert "No such file" in findings(tmp_path, text)["tls.key"]


def test_a_key_that_everybody_can_read(tmp_path: Path) -> None:
    make_ca(tmp_path).key.chmod(0o644)
    assert "open to everybody" in findings(tmp_path, configuration(tmp_path))["tls.key"]


def test_the_authority_for_clients(tmp_path: Path) -> None:
    make_ca(tmp_path)
    text = configuration(tmp_path) + '[clients]\nca_file = "ca.pem"\n'
    assert findings(tmp_path, text) == {}
    (tmp_path / "ca.pem").write_bytes(b"nothing")
    assert "is not a PEM certificate" in findings(tmp_path, text)["clients.ca_file"]
    (tmp_path / "ca.pem").unlink()
    assert "No such file" in findings(tmp_path, text)["clients.ca_file"]


def test_the_master_key(tmp_path: Path) -> None:
    text = f'{LOOPBACK}[server]\ndata_dir = "{tmp_path}"\n[secrets]\nmaster_key_file = "k"\n'
    assert "can't be read" in findings(tmp_path, text)["secrets.master_key_file"]
    (tmp_path / "k").touch(0o644)
    assert "open to other users" in findings(tmp_path, text)["secrets.master_key_file"]
    (tmp_path / "k").chmod(0o600)
    assert findings(tmp_path, text) == {}


def test_a_data_directory_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    text = f'{LOOPBACK}[server]\ndata_dir = "{tmp_path}/file/data"\n'
    assert "is not a directory" in findings(tmp_path, text)["server.data_dir"]


def test_an_authority_for_clients(tmp_path: Path) -> None:
    made = make_ca(tmp_path)
    text = configuration(tmp_path) + '[clients]\nca_file = "ca.pem"\n'
    assert findings(tmp_path, text) == {}
    later = datetime.now(UTC) + timedelta(days=10_000)
    assert "expired" in findings(tmp_path, text, later)["clients.ca_file"]
    made.ca.write_bytes(made.ca.read_bytes() + made.key.read_bytes())
    assert "holds a private key" in findings(tmp_path, text)["clients.ca_file"]
    for none in (b"nothing", "認証局".encode(), b""):
        made.ca.write_bytes(none)
        assert "is not a PEM certificate" in findings(tmp_path, text)["clients.ca_file"]
    made.ca.unlink()
    assert "No such file" in findings(tmp_path, text)["clients.ca_file"]


@pytest.mark.parametrize("protocol", ["imap", "smtp"])
def test_clients_sent_to_where_nobody_listens(tmp_path: Path, protocol: str) -> None:
    off = f'[{protocol}]\ntls = ""\nstarttls = ""\n'
    sent = f'[clients]\n{protocol} = "mail.example.test:993"\n'
    text = configuration(tmp_path)
    (problem,) = read(written(tmp_path, text + off + sent), {}).problems
    assert problem.key == f"clients.{protocol}"
    assert problem.what.startswith("clients are sent to mail.example.test:993, but both listeners")
    assert f"[{protocol}]" in problem.what
    for fitting in (text + off, text + sent):
        assert read(written(tmp_path, fitting), {}).problems == ()

"""The import table of the design: who may know whom. An arrow that points up fails here.

Every import counts, also one inside a function or below TYPE_CHECKING: knowing a type is knowing.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("proxyd", "imap_frontend", "smtp_frontend", "admin")
EVERYTHING = ("proxyd.app", "proxyd.cli", "proxyd.commands")


@dataclass(frozen=True)
class Rule:
    """What a package may import, besides itself and the standard library."""

    ours: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


def rule(*names: str) -> Rule:
    ours = frozenset(name for name in names if name.split(".")[0] in OURS)
    return Rule(ours, frozenset(names) - ours)


SETTINGS = ("proxyd.settings", "proxyd.settings_values", "proxyd.settings_check")
RULES = {
    # leaves: not each other, the standard library only, and the one reader of headers
    "proxyd.mailtext": rule(),
    "proxyd.imapwire": rule("proxyd.mailtext"),
    "proxyd.domain": rule("proxyd.mailtext"),
    # the use cases know the rest through ports
    "proxyd.service": rule("proxyd.domain", "proxyd.mailtext"),
    # adapters
    "proxyd.store": rule(
        *("proxyd.domain", "sqlalchemy", "alembic", "passlib", "cryptography"),
        *("pyotp", "webauthn"),
    ),
    "proxyd.upstream": rule(
        "proxyd.domain",
        "proxyd.imapwire",
        "twisted",
        "zope",
        "OpenSSL",
        "cryptography",
    ),
    "proxyd.calendars": rule("proxyd.domain", "holidays", "icalendar", "dateutil"),
    "proxyd.identity": rule("proxyd.domain", "authlib", "joserfc", "httpx2"),
    "proxyd.outbound": rule("proxyd.domain", "httpx2"),
    # edges
    "imap_frontend": rule(
        "proxyd.service", "proxyd.domain", "proxyd.imapwire", "proxyd.telemetry", "twisted", "zope"
    ),
    "smtp_frontend": rule("proxyd.service", "proxyd.domain", "proxyd.telemetry", "aiosmtpd"),
    "admin": rule("proxyd.service", "proxyd.domain", "proxyd.telemetry", "starlette", "uvicorn"),
    "admin.web": rule(
        *("proxyd.service", "proxyd.domain", "admin.patient_http", "admin.setup_kit"),
        *("starlette", "uvicorn", "jinja2", "segno"),
    ),
    "admin.api": rule(
        *("proxyd.service", "proxyd.domain", "admin.web.place", "admin.web.headers"),
        *("admin.health", "starlette", "pydantic"),
    ),
    "admin.client_setup": rule(
        "proxyd.domain",
        "cryptography",
        "jinja2",
        "fpdf",
        "pylopdf_fonts_jp",
        "fontpkg_ibm_plex_mono",
    ),
    # beside the layers
    "proxyd.demo": rule(
        "proxyd.domain", "proxyd.imapwire", "proxyd.mailtext", "aiosmtpd", "cryptography"
    ),
    "proxyd.runtime": rule("proxyd.reset_aware_reactor", "uvloop", "twisted"),
    "proxyd.reset_aware_reactor": rule("twisted"),
    "proxyd.telemetry": rule("prometheus_client"),
    "proxyd.settings_values": rule("pydantic", "pydantic_core"),
    "proxyd.settings_section": rule("pydantic"),
    "proxyd.settings_single_sign_on": rule(
        *("proxyd.domain", "proxyd.settings_section", "proxyd.settings_values"),
        *("pydantic", "cryptography"),
    ),
    "proxyd.settings": rule(
        *("proxyd.domain", *SETTINGS, "proxyd.settings_section"),
        *("proxyd.settings_single_sign_on", "pydantic"),
    ),
    "proxyd.settings_check": rule(
        *("proxyd.domain", *SETTINGS, "proxyd.settings_privacy", "proxyd.settings_clients"),
        "proxyd.settings_single_sign_on",
        "proxyd.settings_console",
        "cryptography",
    ),
    "proxyd.settings_console": rule("proxyd.domain", *SETTINGS),
    "proxyd.settings_clients": rule(*SETTINGS, "cryptography"),
    "proxyd.settings_privacy": rule(*SETTINGS),
    "proxyd.settings_names": rule(*SETTINGS, "proxyd.settings_section"),
    "proxyd.settings_problem": rule(),
    "proxyd.settings_file": rule(
        *SETTINGS,
        *("proxyd.settings_names", "proxyd.settings_problem"),
        *("pydantic", "pydantic_core"),
    ),
    "proxyd.settings_example": rule(*SETTINGS, "proxyd.settings_names", "proxyd.settings_section"),
    "proxyd": rule(),  # proxyd/__init__.py
}

# Imported by these alone (besides themselves and those which may import everything).
ONLY_FOR: dict[str, tuple[str, ...]] = {
    "proxyd.app": (),
    "proxyd.cli": (),
    "proxyd.commands": (),
    "proxyd.demo": (),
    "proxyd.runtime": (),
    "proxyd.reset_aware_reactor": ("proxyd.runtime",),
    "proxyd.store": (),
    "proxyd.upstream": (),
    "proxyd.calendars": (),
    "proxyd.identity": (),
    "proxyd.outbound": (),
    "imap_frontend": (),
    "smtp_frontend": (),
    "admin": (),
    "sqlalchemy": ("proxyd.store",),
    "prometheus_client": ("proxyd.telemetry",),
    "passlib": ("proxyd.store.passwords",),
    "pyotp": ("proxyd.store.one_time_codes",),
    # tokens and HTTP to the outside in one place (docs/decisions/061-single-sign-on.md)
    "authlib": ("proxyd.identity.openid_connect",),
    "joserfc": ("proxyd.identity.id_token",),
    "httpx2": ("proxyd.identity", "proxyd.outbound"),
    "webauthn": ("proxyd.store.webauthn_reader",),
}

# Twisted stays in the files that touch sockets; above them everything is async def.
TWISTED_FILES = (
    "imap_frontend.listener",
    "imap_frontend.arrival",
    "imap_frontend.server",
    "proxyd.upstream.blob_producer",
    "proxyd.upstream.dial",
    "proxyd.upstream.imap_driver",
    "proxyd.upstream.reactor",
    "proxyd.upstream.tls",
    "proxyd.reset_aware_reactor",
    "proxyd.runtime",
)


@dataclass(frozen=True)
class Import:
    module: str  # the importing one
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def imports_of(module: str, source: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: relative imports hide the layer"
            assert node.module is not None
            for alias in node.names:  # "from proxyd import store" is an import of proxyd.store
                yield Import(module, f"{node.module}.{alias.name}", node.lineno)


def rule_of(module: str) -> tuple[str, Rule] | None:
    """The rule of the longest package that holds the module; None for those free to import all."""
    if any(within(module, free) for free in EVERYTHING):
        return None
    fitting = [package for package in RULES if within(module, package)]
    assert fitting, f"{module} is in no layer: add it to the import table"
    package = max(fitting, key=len)
    # A new file directly in proxyd/ needs a line of its own in the table.
    assert package != "proxyd" or module == "proxyd", f"{module} is in no layer"
    return package, RULES[package]


def trespasses(found: Import) -> str | None:
    """What is wrong with an import, or None."""
    top = found.target.split(".")[0]
    if top in sys.stdlib_module_names:
        return None
    for guarded, users in ONLY_FOR.items():
        allowed = (guarded, *users, *EVERYTHING)
        if within(found.target, guarded) and not any(within(found.module, one) for one in allowed):
            return f"{found}, which is not for it"
    if top in {"twisted", "zope"} and not (
        any(within(found.module, one) for one in (*TWISTED_FILES, *EVERYTHING))
    ):
        return f"{found}: Deferreds stay below {', '.join(TWISTED_FILES)}"
    applying = rule_of(found.module)
    if applying is None:
        return None
    package, allowed_here = applying
    if top in OURS:
        known = {package, *allowed_here.ours}
        # "from proxyd.domain import x" and "import proxyd" for the version
        if any(within(found.target, one) for one in known) or found.target == "proxyd.__version__":
            return None
        return f"{found}, but {package} may know only: {', '.join(sorted(allowed_here.ours))}"
    if top in allowed_here.others:
        return None
    return f"{found}, but {package} may use only: {', '.join(sorted(allowed_here.others))}"


def modules() -> Iterator[tuple[str, str]]:
    for top in OURS:
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            yield ".".join(parts), path.read_text("utf-8")


def test_no_arrow_points_up() -> None:
    wrong = [
        problem
        for module, source in modules()
        for found in imports_of(module, source)
        if (problem := trespasses(found)) is not None
    ]
    assert wrong == []


def circles(known: dict[str, str]) -> list[set[str]]:
    """Modules that need each other to be imported. A module needs the packages it stands in, too:
    but for its own, which are being imported already.
    """
    needs = {module: set(needed(module, source, known)) for module, source in known.items()}
    while settled := [module for module, others in needs.items() if not others & needs.keys()]:
        for module in settled:
            del needs[module]
    return [set(needs)] if needs else []  # and what only leads there


def needed(module: str, source: str, known: Collection[str]) -> Iterator[str]:
    """By statements at the top: those within functions and below TYPE_CHECKING run later."""
    tree = ast.parse(source)
    tree.body = [one for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom)]
    for found in imports_of(module, ast.unparse(tree)):
        parts = found.target.split(".")
        for length in range(1, len(parts) + 1):
            name = ".".join(parts[:length])
            if name in known and not within(module, name):
                yield name


def test_no_module_needs_itself() -> None:
    """Whichever is imported first: a circle works in one order and breaks in another."""
    assert circles(dict(modules())) == []


def test_a_circle_through_a_package_is_noticed() -> None:
    known = {
        "top": "",
        "top.news": "from top.commands.fetch import fetch",
        "top.commands": "from top.commands.notify import notify",
        "top.commands.fetch": "",
        "top.commands.notify": "from top.news import News",
    }
    assert circles(known) == [{"top.news", "top.commands", "top.commands.notify"}]
    assert circles(known | {"top.news": ""}) == []


def knowledge(known: dict[str, str]) -> dict[str, set[str]]:
    """Which modules each one names in an import, wherever that stands."""
    return {
        module: {
            target
            for found in imports_of(module, source)
            if (target := file_of(found.target, known)) is not None and target != module
        }
        for module, source in known.items()
    }


def file_of(target: str, known: Collection[str]) -> str | None:
    """The module that an import reads, which may name a thing in it."""
    while target not in known:
        target, _, _ = target.rpartition(".")
        if not target:
            return None
    return target


def knot(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """What is left when all are taken away that know nobody left, and that nobody left knows."""
    left = {name: others & graph.keys() - {name} for name, others in graph.items()}
    while loose := {n for n, others in left.items() if not others} | (
        left.keys() - {other for others in left.values() for other in others}
    ):
        left = {name: others - loose for name, others in left.items() if name not in loose}
    return left


def within_package(package: str, graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Who knows whom of what stands directly in a package, each with all that it holds."""

    def part(module: str) -> str:
        return ".".join(module.split(".")[: package.count(".") + 2])

    parts: dict[str, set[str]] = {}
    for module, others in graph.items():
        if module.startswith(package + "."):
            there = {part(other) for other in others if other.startswith(package + ".")}
            parts.setdefault(part(module), set()).update(there)
    return parts


def test_no_two_files_know_each_other() -> None:
    """Nor do more of them in a circle, not even for a type: each can be read before the next."""
    assert knot(knowledge(dict(modules()))) == {}


def test_no_two_parts_of_a_package_know_each_other() -> None:
    known = dict(modules())
    graph = knowledge(known)
    packages = {module.rpartition(".")[0] for module in known if "." in module}
    knots = {package: knot(within_package(package, graph)) for package in packages}
    assert {package: found for package, found in knots.items() if found} == {}


def test_a_circle_of_types_is_noticed() -> None:
    known = {
        "p.a": "from p.b import B",
        "p.b": "if TYPE_CHECKING:\n    from p.c.d import D",
        "p.c": "",
        "p.c.d": "def f():\n    from p import a",
        "p.e": "from p import a",
    }
    assert knot(knowledge(known)) == {"p.a": {"p.b"}, "p.b": {"p.c.d"}, "p.c.d": {"p.a"}}
    assert knot(within_package("p", knowledge(known))).keys() == {"p.a", "p.b", "p.c"}


TYPED_SEAMS = (
    "proxyd.domain.ports",
    "proxyd.service",
    "proxyd.imapwire",
)  # what the adapters and the edges meet at


def untyped(source: str) -> list[int]:
    """Lines where the checker of types is told to look away."""
    tree = ast.parse(source)
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    ignored = [n for n, line in enumerate(source.splitlines(), 1) if "# type: ignore" in line]
    return sorted([node.lineno for node in named if node.id in {"Any", "cast"}] + ignored)


def test_the_seams_between_the_layers_are_typed() -> None:
    wrong = {
        module: lines
        for module, source in modules()
        if any(within(module, seam) for seam in TYPED_SEAMS) and (lines := untyped(source))
    }
    assert wrong == {}


def test_looking_away_is_noticed() -> None:
    assert untyped("a: Any = 1\nb = cast(int, a)\nc = a.b  # type: ignore[attr]\nd = 1") == [
        1,
        2,
        3,
    ]


def unexplained(source: str) -> list[int]:
    """Lines where every error is caught, and nothing beside them says why.

    What only tidies up and lets the error go on needs no reason.
    """
    lines = source.splitlines()
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not re.search(r"#(?: noqa: BLE001 -)? (?!noqa)\w", lines[node.lineno - 1])
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    ]


def test_who_catches_every_error_says_why() -> None:
    wrong = {module: lines for module, source in modules() if (lines := unexplained(source))}
    assert wrong == {}


def test_an_unexplained_catch_is_noticed() -> None:
    assert unexplained("try: f()\nexcept Exception: pass") == [2]
    assert unexplained("try: f()\nexcept: pass  # noqa: BLE001") == [2]
    assert unexplained("try: f()\nexcept Exception:  # noqa: BLE001 - the boundary\n    g()") == []
    assert unexplained("try: f()\nexcept Exception:  # the boundary\n    pass") == []
    assert unexplained("try: f()\nexcept BaseException:\n    g()\n    raise") == []
    assert unexplained("try: f()\nexcept ValueError: pass") == []


PORTS = ("proxyd.domain.ports", "proxyd.service.api")  # what implements one may be called like it
SAME_IDEA = {
    "Capability": "the command and its response",
    "Fetch": "the command and its response",
    "Search": "the command and its response",
    "Status": "the command, and RFC 9051's status response",
    "SortKey": "as written in SORT, and as the services sort by it",
    "Spool": "what the framer needs of one, and the one there is",
    "People": "what a mailroom needs of them, and who they are",
    "Arrival": "each door's own",
    "Guest": "each door's own",
    "ListenAddress": "each door's own",
    "Meter": "each door's own",
    "Options": "each door's own",
}


def classes(known: dict[str, str]) -> dict[str, list[str]]:
    """Public ones by name, each with the modules that define it."""
    found: dict[str, list[str]] = {}
    for module, source in known.items():
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(module)
    return found


def namesakes(known: dict[str, str]) -> set[str]:
    """Names that stand for more than one thing; a port and its one implementation are one."""
    return {
        name
        for name, where in classes(known).items()
        if len([one for one in where if not any(within(one, port) for port in PORTS)]) > 1
        or sum(any(within(one, port) for port in PORTS) for one in where) > 1
    }


def test_a_name_stands_for_one_thing() -> None:
    assert namesakes(dict(modules())) == set(SAME_IDEA)


def test_a_second_meaning_is_noticed() -> None:
    known = {
        "proxyd.domain.ports.x": "class A: ...",
        "proxyd.store.x": "class A: ...\nclass B: ...",
    }
    assert namesakes(known) == set()
    assert namesakes(known | {"admin.x": "class B: ..."}) == {"B"}
    assert namesakes(known | {"admin.x": "class A: ..."}) == {"A"}
    assert namesakes(known | {"proxyd.service.api.x": "class A: ..."}) == {"A"}


TEXT_FOR_CLIENTS = ("imap_frontend.replies", "smtp_frontend.replies")
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
REPLY = re.compile(r"[245]\d\d [245]\.\d{1,3}\.\d{1,3} \w|\* (?:OK|NO|BAD|BYE) \w")


def test_text_for_clients_stands_in_the_two_files_of_replies() -> None:
    """Every sentence is there in both languages; so Japanese, or a reply in full, tells of one."""
    wrong = [
        f"{module}:{node.lineno} {text}"
        for module, source in modules()
        if module.startswith(("imap_frontend", "smtp_frontend")) and module not in TEXT_FOR_CLIENTS
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        for text in [node.value if isinstance(node.value, str) else node.value.decode()]
        # aiosmtpd's own lines are told by how they begin
        if (JAPANESE.search(text) or REPLY.match(text)) and module != "smtp_frontend.stock_replies"
    ]
    assert wrong == []
    for module in TEXT_FOR_CLIENTS:
        assert JAPANESE.search(dict(modules())[module])


def test_every_top_level_folder_is_one_of_the_fixed_ones() -> None:
    with_code = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert with_code == set(OURS)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("proxyd.domain.types", "import proxyd.imapwire.flags"),
        ("proxyd.imapwire.flags", "from proxyd.domain import types"),
        ("proxyd.imapwire.flags", "import attrs"),
        ("proxyd.service.views", "from proxyd.store.database import Database"),
        ("proxyd.service.views", "from proxyd import imapwire"),
        ("proxyd.service.views", "import sqlalchemy"),
        ("imap_frontend.session", "import smtp_frontend.server"),
        ("smtp_frontend.server", "from admin import health"),
        ("admin.health", "from imap_frontend.replies import sentence"),
        ("imap_frontend.session", "from twisted.internet import defer"),
        ("proxyd.upstream.lanes", "from twisted.internet.defer import Deferred"),
        ("proxyd.service.views", "from proxyd.demo.imap_server import Server"),
        ("proxyd.telemetry", "from proxyd.app import run"),
        ("admin.health", "import prometheus_client"),
        ("proxyd.store.accounts", "def f():\n    from proxyd.service import api"),
        ("proxyd.settings", "if TYPE_CHECKING:\n    from proxyd.cli import main"),
    ],
)
def test_the_table_catches(module: str, line: str) -> None:
    assert [trespasses(found) for found in imports_of(module, line)] != [None]


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("proxyd.app", "from proxyd.store.database import Database"),
        ("proxyd.commands.user", "from proxyd.app import run"),
        ("proxyd.service.views", "from proxyd.domain.ports.database import Database"),
        ("imap_frontend.server", "from twisted.internet import protocol"),
        ("proxyd.domain.types", "import dataclasses, collections.abc"),
    ],
)
def test_the_table_lets_pass(module: str, line: str) -> None:
    assert [p for found in imports_of(module, line) if (p := trespasses(found))] == []


def test_a_file_in_no_layer_is_noticed() -> None:
    with pytest.raises(AssertionError, match="in no layer"):
        rule_of("proxyd.helpers")


def test_a_relative_import_is_noticed() -> None:
    with pytest.raises(AssertionError, match="relative"):
        list(imports_of("proxyd.store.mail", "from . import schema"))

"""What is built from a checkout: whole, of this version alone, and from one that is read only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from proxyd import __version__
from tests.commands.test_circumstances import without_privileges

ROOT = Path(__file__).parent.parent
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
)
LIMIT_S = 200


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With what an older version left behind."""
    copy = tmp_path_factory.mktemp("checkout") / "proxyd"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    ghost = copy / "build" / "lib" / "proxyd" / "ghost.py"
    ghost.parent.mkdir(parents=True)
    ghost.touch()
    return copy


def wheel_of(source: Path, target: Path, before: tuple[str, ...] = ()) -> Path:
    words = ("wheel", "--no-build-isolation", "--no-deps", "--no-index", "-w", str(target))
    run(*before, sys.executable, "-m", "pip", *words, str(source))
    (wheel,) = target.glob("*.whl")
    return wheel


def run(*words: str, cwd: Path = Path("/")) -> str:
    done = subprocess.run(
        words, cwd=cwd, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel_of(checkout, tmp_path_factory.mktemp("wheel"))


def modules(wheel: Path) -> set[str]:
    names = zipfile.ZipFile(wheel).namelist()
    return {name for name in names if ".dist-info/" not in name}


def test_a_module_that_is_gone_does_not_come_back(wheel: Path) -> None:
    ours = {
        str(path.relative_to(ROOT))
        for package in ("proxyd", "imap_frontend", "smtp_frontend", "admin")
        for path in (ROOT / package).rglob("*.py")
    }
    found = modules(wheel)
    assert {name for name in found if name.endswith(".py")} == ours
    assert "proxyd/py.typed" in found and any("demo/mails/" in name for name in found)
    assert "proxyd/service/admin/common-passwords.txt.gz" in found
    addon = "admin/client_setup/thunderbird_addon_files"
    assert {f"{addon}/keep.js", f"{addon}/_locales/ja/messages.json"} < found


def test_the_licence_is_told_as_spdx(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [name for name in opened.namelist() if name.endswith("/METADATA")]
        metadata = opened.read(name).decode()
        assert "License-Expression: Apache-2.0\n" in metadata
        assert any(name.endswith("licenses/LICENSE") for name in opened.namelist())


def test_it_runs_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    words = ("-m", "pip", "install", "-q", "--no-deps", "--no-index", str(wheel))
    run(str(python), *words)
    site = run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    # What it depends on comes from here: nothing is fetched.
    Path(site, "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = run(str(python), "-c", "import proxyd; print(proxyd.__file__)", cwd=tmp_path)
    assert where.startswith(site)
    command = str(tmp_path / "env" / "bin" / "proxyd")
    assert run(command, "--version", cwd=tmp_path) == f"proxyd {__version__}\n"
    assert "[server]" in run(command, "conf", "example", cwd=tmp_path)


def test_a_checkout_that_is_read_only(checkout: Path, wheel: Path, tmp_path: Path) -> None:
    source = tmp_path / "proxyd"
    shutil.copytree(checkout, source)
    folders = [Path(folder) for folder, _, _ in os.walk(source)]
    for folder in folders:
        folder.chmod(0o555)
    try:
        made = wheel_of(source, tmp_path / "made", tuple(without_privileges()))
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert modules(made) == modules(wheel)


def test_the_source_distribution_is_a_whole_checkout(
    checkout: Path, wheel: Path, tmp_path: Path
) -> None:
    program = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    run(sys.executable, "-c", program, str(tmp_path), cwd=checkout)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
        opened.extractall(tmp_path, filter="data")
    for wanted in (
        "Makefile", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "README.ja.md",
        "conf/proxyd.service", "docs/decisions/001-libraries.md", "docs/operations.md",
        "tests/test_packaging.py", "tests/install-packages", "proxyd/py.typed", "setup.py",
    ):  # fmt: skip
        assert wanted in names, wanted
    assert not [name for name in names if "__pycache__" in name or name.endswith("/ghost.py")]
    unpacked = tmp_path / archive.name.removesuffix(".tar.gz")
    assert modules(wheel_of(unpacked, tmp_path / "made")) == modules(wheel)

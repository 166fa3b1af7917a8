"""The folder of a kit (proxyd/commands/kit_folder.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from admin.client_setup.kit import KitFile
from proxyd.commands.kit_folder import KitFolder
from proxyd.domain.errors import BadInput

FILES = [KitFile("ben/sheet.html", b"one"), KitFile("a/b/c.xml", b"two"), KitFile("x.txt", b"3")]


def write(folder: Path, files: list[KitFile], *possible: str) -> list[str]:
    return KitFolder(folder, "--output").write(files, possible)


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "kit"
    assert write(folder, FILES) == []
    assert content(folder) == {file.path: file.content for file in FILES}
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_what_was_made_before_is_replaced_and_what_is_not_made_any_more_goes(
    tmp_path: Path,
) -> None:
    write(tmp_path / "kit", FILES)
    (tmp_path / "kit" / "own.txt").write_bytes(b"mine")
    assert write(tmp_path / "kit", [KitFile("x.txt", b"new")], "ben/sheet.html", "never") == [
        *("x.txt", "ben/sheet.html")
    ]
    assert content(tmp_path / "kit") == {"a/b/c.xml": b"two", "x.txt": b"new", "own.txt": b"mine"}


@pytest.mark.parametrize("possible", [(), ("ben/sheet.html",)])
def test_a_file_of_somebody_else_stops_everything(
    tmp_path: Path, possible: tuple[str, ...]
) -> None:
    write(tmp_path / "kit", FILES[2:])
    theirs = tmp_path / "kit" / "ben" / "sheet.html"
    theirs.parent.mkdir()
    theirs.write_bytes(b"theirs")
    with pytest.raises(BadInput) as refused:
        write(tmp_path / "kit", FILES[1:] if possible else FILES, *possible)
    assert refused.value.what == "--output"
    assert refused.value.problem == f"{theirs} is not ours"
    assert content(tmp_path / "kit") == {"ben/sheet.html": b"theirs", "x.txt": b"3"}


def test_a_folder_of_somebody_else_is_never_taken(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"")
    for folder in (tmp_path, Path("/")):
        with pytest.raises(BadInput, match="holds what is not ours") as refused:
            write(folder, FILES)
        assert "name a new folder, an empty one" in refused.value.instead
    assert content(tmp_path) == {"photo.jpg": b""}


def test_an_empty_folder_is_taken_and_made_private(tmp_path: Path) -> None:
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit").chmod(0o755)
    write(tmp_path / "kit", FILES)
    assert (tmp_path / "kit").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("there", ["nothing", "an empty folder", "a kit"])
def test_half_a_kit_leaves_no_password_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: str
) -> None:
    folder = tmp_path / "kit"
    if there == "an empty folder":
        folder.mkdir()
    if there == "a kit":
        write(folder, [KitFile("old/sheet.html", b"old"), KitFile("x.txt", b"old")])
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "x.txt":
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write(folder, FILES)
    assert folder.exists() == (there != "nothing")
    left = {"old/sheet.html": b"old", "x.txt": b"old"} if there == "a kit" else {}
    assert content(folder) == left
    known = [".proxyd-client-setup", "old", "x.txt"] if there == "a kit" else []
    assert sorted(path.name for path in folder.glob("*")) == known
    monkeypatch.undo()
    assert write(folder, FILES) == (["x.txt"] if there == "a kit" else [])


def test_links_are_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim").write_bytes(b"as it was")
    folder = tmp_path / "kit"
    write(folder, FILES)
    (folder / "x.txt").unlink()
    (folder / "x.txt").symlink_to(outside / "victim")
    assert write(folder, FILES[2:]) == ["x.txt"]
    assert not (folder / "x.txt").is_symlink()
    assert (outside / "victim").read_bytes() == b"as it was"
    (folder / "new").symlink_to(outside)
    with pytest.raises(BadInput):
        write(folder, [KitFile("new/victim", b"")])


@pytest.mark.parametrize(
    ("prepare", "problem"),
    [
        (lambda at: at.write_bytes(b""), "is not a folder"),
        (lambda at: (at.mkdir(), at.chmod(0o777)), "others may write to"),
        (lambda at: (write(at, []), (at / "x.txt").mkdir()), "x.txt is not ours"),
        (lambda at: (write(at, []), (at / "ben").write_bytes(b"")), "ben is not ours"),
        (lambda at: at.symlink_to("nothing"), "is a link that leads nowhere"),
    ],
)
def test_places_that_will_not_do(tmp_path: Path, prepare: object, problem: str) -> None:
    assert callable(prepare)
    prepare(tmp_path / "kit")
    with pytest.raises(BadInput, match=problem):
        KitFolder(tmp_path / "kit", "--output").check([file.path for file in FILES])


def test_below_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no folder"):
        KitFolder(tmp_path / "no" / "kit", "--output").check([])


def test_no_path_leads_out(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no place for a file"):
        KitFolder(tmp_path / "kit", "--output").check(["autoconfig/../../x"])


@pytest.mark.parametrize("listed", [b"\xff\xfe", b""])
def test_a_list_that_is_none_makes_nothing_ours(tmp_path: Path, listed: bytes) -> None:
    write(tmp_path / "kit", FILES)
    (tmp_path / "kit" / ".proxyd-client-setup").write_bytes(listed)
    with pytest.raises(BadInput, match="is not ours"):
        write(tmp_path / "kit", FILES)

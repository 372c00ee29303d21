"""The program knows which commit it is: in a checkout, in a wheel, and in an image."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pfh.runtime.build import RECORD, UNKNOWN, commit_of, commit_of_checkout
from tests.architecture.tree import ROOT

# All that the build of a package reads; the front end counts as built when there is a style sheet.
PACKED = (
    "hatch_build.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "requirements/run.in",
    "docs/runbook.md",
    "src/pfh/runtime/build.py",
)


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as nobody in particular, and return what it says."""
    person = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    told = subprocess.run(
        ["git", *person, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return told.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a repository with one commit."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    (folder / "file").write_text("1", encoding="ascii")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "one")
    return folder


@pytest.mark.parametrize(
    "then", [(), ("pack-refs", "--all"), ("checkout", "--quiet", "--detach")], ids=str
)
def test_a_checkout_tells_its_commit(checkout: Path, then: tuple[str, ...]) -> None:
    if then:
        git(checkout, *then)
    assert commit_of_checkout(checkout) == git(checkout, "rev-parse", "HEAD")


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_second_worktree_tells_its_own_commit(
    checkout: Path, tmp_path: Path, *, is_packed: bool
) -> None:
    second = tmp_path / "second"
    git(checkout, "worktree", "add", "--quiet", "-b", "other", str(second))
    git(second, "commit", "--quiet", "--allow-empty", "--message", "two")
    if is_packed:
        git(checkout, "pack-refs", "--all")
    assert commit_of_checkout(second) == git(second, "rev-parse", "HEAD")
    assert commit_of_checkout(second) != commit_of_checkout(checkout)


def test_references_in_a_table_are_asked_of_git(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As the newer format leaves them: no text that could be read.
    (checkout / ".git" / "HEAD").write_text("ref: refs/heads/.invalid\n", encoding="ascii")
    (checkout / ".git" / "reftable").mkdir()
    newer = tmp_path / "bin" / "git"
    newer.parent.mkdir()
    newer.write_text(f"#!/bin/sh\necho {'ab' * 20}\n", encoding="ascii")
    newer.chmod(0o700)
    monkeypatch.setenv("PATH", str(newer.parent))
    assert commit_of_checkout(checkout) == "ab" * 20
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of_checkout(checkout) is None


def test_what_the_image_says_comes_first_and_nothing_is_no_word(tmp_path: Path) -> None:
    program = tmp_path / "a" / "b" / "c" / "build.py"
    program.parent.mkdir(parents=True)
    assert commit_of(program, "") == UNKNOWN
    (program.parent / RECORD).write_text(f"{'cd' * 20}\n", encoding="ascii")
    assert commit_of(program, "") == commit_of(program, UNKNOWN) == "cd" * 20
    assert commit_of(program, "release-7") == "release-7"
    (program.parent / RECORD).write_text("<html>", encoding="ascii")
    assert commit_of(program, "") == UNKNOWN


def test_a_wheel_is_told_its_commit_and_stays_reproducible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GIT_COMMIT", raising=False)
    source = tmp_path / "source"
    for name in (*PACKED, "src/pfh/entry/web/static/dist/hub.css"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        if name in PACKED:
            shutil.copy(ROOT / name, source / name)
        else:
            (source / name).touch()
    git(source, "init", "--quiet")
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "one")
    commit = git(source, "rev-parse", "HEAD")

    wheel = packed(source, "wheel", tmp_path / "first")
    assert told_by(wheel, tmp_path / "unpacked") == commit
    assert wheel.read_bytes() == packed(source, "wheel", tmp_path / "second").read_bytes()

    shutil.unpack_archive(packed(source, "sdist", tmp_path), tmp_path, "gztar", filter="data")
    again = packed(next(tmp_path.glob("pfh-*/")), "wheel", tmp_path / "third")
    assert told_by(again, tmp_path / "unpacked again") == commit


def packed(source: Path, kind: str, into: Path) -> Path:
    """Build a package with the project's own back end and return its file."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(into)],
        cwd=source,
        capture_output=True,
        check=True,
    )
    return next(into.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


def told_by(wheel: Path, into: Path) -> str:
    """Return which commit the program of a wheel says that it is, once it is unpacked."""
    shutil.unpack_archive(wheel, into, "zip")
    program = into / "pfh" / "runtime" / "build.py"
    told = subprocess.run(
        [sys.executable, "-c", f"import runpy; print(runpy.run_path({str(program)!r})['COMMIT'])"],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()

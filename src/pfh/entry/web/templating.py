"""The Jinja environment of every page: shared and feature templates, filters, hashed assets.

It exists so that the server and the tests render with exactly the same settings: escaping on,
undefined names are errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import jinja2

from pfh.core.commodity import commodity
from pfh.entry.web import presentation

ASSETS_PATH: Final = "/assets"
WEB_ROOT: Final = Path(__file__).resolve().parent
ASSETS_ROOT: Final = WEB_ROOT / "static" / "dist"
_BLOCKS: Final = (
    "address|article|aside|body|caption|col|colgroup|datalist|dd|details|dialog|div|dl|dt|fieldset"
    "|figure|footer|form|h[1-6]|head|header|html|legend|li|link|main|meta|nav|ol|optgroup|option|p"
    "|script|section|select|summary|table|tbody|td|template|tfoot|th|thead|title|tr|ul"
)
_BREAK_BEFORE: Final = re.compile(rf"[ \t]*\n\s*(</?(?:{_BLOCKS})\b)")
_BREAK_AFTER: Final = re.compile(rf"(</?(?:{_BLOCKS})\b[^<>{{}}]*>)[ \t]*\n\s*")
FEATURES_ROOT: Final = WEB_ROOT.parents[1] / "features"


class AssetsMissing(RuntimeError):
    """The front end was never built: `make assets` builds it."""


def asset_finder(root: Path = ASSETS_ROOT) -> Callable[[str], str]:
    """Return a function from an asset's plain name to its address with the content's hash.

    Raises:
        AssetsMissing: there is no manifest in `root`.

    Example: asset("app.css") → "/assets/app-358EA0C9.css"; an unknown name is a KeyError.
    """
    try:
        manifest: dict[str, str] = json.loads((root / "manifest.json").read_bytes())
    except FileNotFoundError as error:
        raise AssetsMissing(f"{root} has no manifest.json; run `make assets`.") from error

    def asset(name: str) -> str:
        return f"{ASSETS_PATH}/{manifest[name]}"

    return asset


def template_folders() -> list[Path]:
    """Return the folder of shared templates and that of each feature, in a fixed order."""
    return [WEB_ROOT / "templates", *sorted(FEATURES_ROOT.glob("*/templates"))]


class TightLoader(jinja2.FileSystemLoader):
    """Reads templates without the line breaks around elements that stand on lines of their own.

    A browser keeps each as a node: in a table of fifty rows they were a third of all nodes.
    """

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return the text of a template, its file, and whether it is still the newest."""
        text, file, is_newest = super().get_source(environment, template)
        return tightened(text), file, is_newest


def tightened(text: str) -> str:
    r"""Return a template without line breaks before and after the tags of blocks.

    What is inside of a line stays as it is, for there a blank is one that people see.

    Example: "<tr>\n  <td>1 <b>2</b>\n  </td>" → "<tr><td>1 <b>2</b></td>".
    """
    return _BREAK_AFTER.sub(r"\1", _BREAK_BEFORE.sub(r"\1", text))


def commodity_digits(code: str) -> int:
    """Return the decimals of a commodity, for charts that get minor units."""
    return commodity(code).exponent


def build_environment(root: Path = ASSETS_ROOT) -> jinja2.Environment:
    """Build the environment; templates are compiled once and kept.

    Raises:
        AssetsMissing: the front end was never built.
    """
    environment = jinja2.Environment(
        loader=TightLoader(template_folders()),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        cache_size=-1,
    )
    environment.filters.update(presentation.FILTERS)
    environment.globals["asset"] = asset_finder(root)
    environment.globals["digits"] = commodity_digits
    environment.globals["symbol"] = presentation.symbol_of
    return environment

"""The templates for Litestar's `Template` answers, built when the first page is asked for.

It exists because Jinja and the templates take 60 ms that a start for the API alone need not pay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment, Template


class LazyTemplates:
    """What Litestar needs of a template engine, around the environment of `templating.py`."""

    @cached_property
    def environment(self) -> Environment:
        """The one environment of the process.

        Raises:
            AssetsMissing: the front end was never built.
        """
        from pfh.entry.web.templating import build_environment  # noqa: PLC0415 -- see above

        return build_environment()

    def get_template(self, template_name: str) -> Template:
        """Return a compiled template by its path below a `templates` folder."""
        return self.environment.get_template(template_name)

    def render_string(self, template_string: str, context: Mapping[str, Any]) -> str:
        """Render a template given as text."""
        return self.environment.from_string(template_string).render(context)

    def register_template_callable(self, key: str, template_callable: Callable[..., Any]) -> None:
        """Add a global function; the hub adds its own in `templating.py`."""
        self.environment.globals[key] = template_callable

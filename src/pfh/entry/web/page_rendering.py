"""Rendering pages: the frame around each, the person in it, the language of their figures.

It exists so that features say only which template shows what (`features/web/pages.py`).
"""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import unquote

from pfh.entry.web.presentation import Viewer, find_locale, find_theme, use_locale
from pfh.features.dashboard import api as dashboard
from pfh.features.forms.api import Toast
from pfh.features.identity import api as identity
from pfh.features.web.pages import FLASH_COOKIE
from pfh.ports.services import Services
from pfh.runtime.build import COMMIT, VERSION
from pfh.runtime.settings import SqliteSettings

_FLASH_PARTS: Final = 3
_FLASH_TONES: Final = frozenset({"good", "error"})


class TemplatePages:
    """The pages of one application; it implements `PageRenderer` of the features."""

    def __init__(self, services: Services) -> None:
        """Take the ports that tell who looks; the templates are those of the application."""
        self._services = services

    async def page(self, request: Any, template: str, context: dict[str, object]) -> str:  # noqa: ANN401 -- the framework's own type
        """Return a whole page; pages of strangers have no viewer."""
        locale = _locale_of(request)
        use_locale(locale)
        viewer = await self._viewer(request, locale)
        found = request.app.template_engine.get_template(template)
        frame = {
            "viewer": viewer,
            "flash": _flash_of(request),
            "theme": find_theme(request.cookies),
            "maintenance": request.app.state["switches"].maintenance,
        }
        return str(found.render(**{**frame, **context}))

    def fragment(self, request: Any, template: str, context: dict[str, object]) -> str:  # noqa: ANN401 -- the same
        """Return a part of a page."""
        use_locale(_locale_of(request))
        can_write = request.user is not None and request.user.household_role != "viewer"
        shown = {"viewer": {"can_write": can_write}, **context}
        return str(request.app.template_engine.get_template(template).render(**shown))

    def facts(self, request: Any) -> list[tuple[str, str]]:  # noqa: ANN401 -- the same
        """Return what the settings page tells; where the data are is for administrators."""
        settings = request.app.state["settings"]
        is_sqlite = isinstance(settings.database, SqliteSettings)
        found = [
            ("Version", VERSION),
            ("Build", COMMIT),
            ("Database", "SQLite" if is_sqlite else "PostgreSQL"),
        ]
        if request.user.role == "admin":
            found.append(("Data directory", str(settings.data_dir)))
        return found

    async def _viewer(self, request: Any, locale: str) -> Viewer | None:  # noqa: ANN401 -- the same
        actor = request.scope.get("user")
        if actor is None:
            return None
        person = await identity.current_user(actor, self._services)
        household = person.membership.household
        return Viewer(
            name=f"{person.user.first_name} {person.user.last_name}".strip(),
            email=person.user.email,
            household=household.name,
            base_currency=household.base_commodity,
            locale=locale,
            is_admin=person.user.role == "admin",
            can_write=actor.household_role != "viewer",
            # Without a mail server nobody could follow a link.
            must_verify=person.user.email_verified_at is None and self._services.mailer.delivers,
            review_count=await dashboard.count_reviews(self._services, actor),
        )


def _locale_of(request: Any) -> str:  # noqa: ANN401 -- the framework's own type
    """Return the first language that the browser asks for; `de-CH, de;q=0.9` → `de-CH`."""
    wanted = request.headers.get("accept-language", "").partition(",")[0].partition(";")[0]
    return find_locale(wanted.strip()).code


def _flash_of(request: Any) -> Toast | None:  # noqa: ANN401 -- the same
    """Return the message that the request before left; what is not ours to say is not shown."""
    raw = request.cookies.get(FLASH_COOKIE)
    if not raw:
        return None
    try:
        parts = json.loads(unquote(raw))
    except ValueError:
        return None
    if not isinstance(parts, list) or len(parts) != _FLASH_PARTS:
        return None
    message, undo_url, tone = parts
    if not isinstance(message, str) or tone not in _FLASH_TONES:
        return None
    is_ours = isinstance(undo_url, str) and undo_url.startswith("/") and undo_url[1:2] != "/"
    return Toast(message=message, undo_url=undo_url if is_ours else None, tone=tone)

"""The settings of a hub whose books are in a PostgreSQL database of a test."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

SECRET = "a key that all hubs of a test know, long enough for them"


def environment_of(url: str, **more: str) -> dict[str, str]:
    """Return the environment of a hub on the database of an address, and what `more` says."""
    parts = urlsplit(url)
    return {
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port or 5432),
        "POSTGRES_DB": parts.path.removeprefix("/"),
        "POSTGRES_USER": unquote(parts.username or ""),
        "POSTGRES_PASSWORD": unquote(parts.password or ""),
        "PFH_SECRET_KEY": SECRET,
        **more,
    }

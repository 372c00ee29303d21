"""Whether a request comes from the machine that it is answered on."""

from __future__ import annotations

from typing import Any, Final

_LOOPBACK: Final = ("127.", "::1", "::ffff:127.")
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"})


def is_from_this_machine(scope: Any) -> bool:  # noqa: ANN401 -- as above
    """Tell whether a loopback peer asks that no proxy speaks for."""
    client = scope.get("client")
    if not client or not str(client[0]).startswith(_LOOPBACK):
        return False
    return not any(name in _FORWARDED for name, _ in scope["headers"])

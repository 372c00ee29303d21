"""Opening the port that a process answers on."""

from __future__ import annotations

import socket


def open_listener(host: str, port: int) -> socket.socket:
    """Open the port now, so that a taken one is known before anything else starts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
        listener.settimeout(0)
    except OSError:
        listener.close()
        raise
    return listener

"""`pfh serve`: settings, logging, event loop, server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import load_settings

EXIT_OK = 0
EXIT_NO = 1
EXIT_USAGE = 2
EXIT_UNAVAILABLE = 3


def serve(when_ready: Callable[[str], None] | None = None) -> int:
    """Serve until a signal and return the exit code."""
    try:
        settings = load_settings()
    except SettingsInvalid as error:
        return complain(error.mistakes, EXIT_USAGE)
    from pfh.entry.web.server import serve as serve_web
    from pfh.observability.logging import configure_logging
    from pfh.ports.database import DatabaseUnavailable

    try:
        configure_logging(settings.log_level, settings.log_file)
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(serve_web(settings, when_ready=when_ready))
    except DatabaseUnavailable as error:
        return complain([str(error)], EXIT_UNAVAILABLE)
    except OSError as error:
        place = f"{settings.host}:{settings.port}"
        return complain([f"cannot serve on {place}: {error.strerror or error}"], EXIT_USAGE)
    except KeyboardInterrupt:
        return EXIT_OK
    return EXIT_OK


def complain(sentences: tuple[str, ...] | list[str], code: int) -> int:
    """Print sentences to standard error, one a line, and return the exit code."""
    for sentence in sentences:
        sys.stderr.write(f"pfh: {sentence}\n")
    return code


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's, or None where it does not exist (Windows)."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop

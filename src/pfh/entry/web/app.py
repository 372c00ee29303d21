"""The application: routes, layers and the words for every failure, put together.

It exists as a factory so that tests, the server and the OpenAPI document all see the same one.
"""

from __future__ import annotations

import platform
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Final

from litestar import Litestar
from litestar.datastructures import State
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.template import TemplateConfig
from litestar.types import ASGIApp, ControllerRouterHandler

from pfh.entry.web.authentication import Authentication
from pfh.entry.web.compression import Compression
from pfh.entry.web.edge import Edge
from pfh.entry.web.gate import Gate
from pfh.entry.web.hub_request import HubRequest
from pfh.entry.web.page_rendering import TemplatePages
from pfh.entry.web.problem_details import answer_exception
from pfh.entry.web.routes import all_routes
from pfh.entry.web.static_files import StaticFiles
from pfh.entry.web.template_engine import LazyTemplates
from pfh.features.operations.api import Jobs, Switches
from pfh.observability.metrics import describe_build
from pfh.ports.database import DatabaseError
from pfh.ports.services import Services
from pfh.runtime.build import COMMIT, VERSION
from pfh.runtime.lifespan import (
    CONSUMERS,
    CONSUMERS_BESIDE_KAFKA,
    Consumer,
    Hub,
    running_consumers,
)
from pfh.runtime.overview.ask import Overseer
from pfh.runtime.overview.parts import Place
from pfh.runtime.schema import is_current
from pfh.runtime.settings import Settings

# JSON of one command is a few kilobytes; uploads set a limit of their own on their route.
BODY_BYTES_MAX: Final = 1 << 20


class WebApplication(Litestar):
    """Litestar inside the hub's own outer layers, without the plugins that we do not use.

    The pydantic plugin alone costs 0.25 s and 15 MiB wherever pydantic happens to be installed.
    """

    def __init__(self, *, outer: Callable[[ASGIApp], ASGIApp], **options: Any) -> None:  # noqa: ANN401 -- the framework's
        """Wrap the router in `outer`; the rest are Litestar's own options."""
        super().__init__(request_class=HubRequest, **options)
        self.asgi_handler = outer(self.asgi_handler)

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        plugins.append(MsgspecDIPlugin())
        return plugins


def create_app(
    services: Services,
    settings: Settings,
    *,
    consumers: dict[str, str] | None = None,
    routes: Sequence[ControllerRouterHandler] | None = None,
) -> WebApplication:
    """Build the application; its lifespan runs the consumers.

    Args:
        services: opened by the caller, who also closes them after the application has stopped.
        settings: the same that the services were opened with.
        consumers: other consumers than the registered ones; `{}` for none.
        routes: other handlers than those of `routes.py`.
    """
    describe_build(VERSION, COMMIT, platform.python_version(), base_url=settings.base_url)
    switches, jobs, hub = Switches(services), Jobs(services), Hub()

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with _working(services, switches, _consumers_of(settings, consumers)):
            try:
                yield
            finally:
                await jobs.close()

    return WebApplication(
        outer=partial(_outer_layers, settings=settings, switches=switches),
        route_handlers=all_routes() if routes is None else routes,
        middleware=[
            partial(
                Authentication,
                services=services,
                secure=settings.secure,
                admin_token=settings.admin_token,
                switches=switches,
            )
        ],
        exception_handlers={Exception: answer_exception},
        state=State(
            {
                "services": services,
                "settings": settings,
                "hub": hub,
                "overseer": Overseer(Place(services=services, settings=settings, hub=hub)),
                "pages": TemplatePages(services),
                "switches": switches,
                "jobs": jobs,
            },
            deep_copy=False,
        ),
        template_config=TemplateConfig(instance=LazyTemplates()),
        lifespan=[lifespan],
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


@asynccontextmanager
async def _working(
    services: Services, switches: Switches, consumers: Mapping[str, str]
) -> AsyncIterator[None]:
    """Run the consumers beside the block, and what keeps up with the switches."""
    with suppress(DatabaseError):
        # The first request must find refused addresses refused.
        if await is_current(services.database):
            await switches.refresh()
    chosen: dict[str, str | Consumer] = {"switches": switches.follow, **consumers}
    async with running_consumers(services, chosen):
        yield


def _consumers_of(settings: Settings, given: dict[str, str] | None) -> Mapping[str, str]:
    if given is not None:
        return given
    return CONSUMERS if settings.servers.kafka is None else CONSUMERS_BESIDE_KAFKA


def _outer_layers(inner: ASGIApp, *, settings: Settings, switches: Switches) -> ASGIApp:
    return Edge(
        Gate(StaticFiles(Compression(inner)), switches=switches),
        secure=settings.secure,
        allowed_hosts=settings.allowed_hosts,
    )

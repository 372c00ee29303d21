"""The OpenAPI 3.1 document, made from the routes and from the types that read and write.

It exists instead of the framework's own because ours must be true to the byte: the type that
decodes a body is the type that is documented, and each operation names every answer it can give.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from pfh.entry.web.openapi_formats import IDENTIFIER, refine
from pfh.entry.web.problem_details import MEDIA_TYPE as PROBLEM_MEDIA
from pfh.entry.web.problem_details import ProblemDetails
from pfh.entry.web.routes import all_routes
from pfh.features.web.operation import OPERATION_OPTION, OPERATOR_OPTION, Operation
from pfh.runtime.build import VERSION

_REFERENCE: Final = "#/components/schemas/{name}"
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "For seven days the same request with the same key gets the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_DESCRIPTION: Final = (
    "Everything that the pages can do. Sign in at `POST /api/auth/login` and send the access token "
    "as `Authorization: Bearer …`. Money is a decimal string in answers, a decimal string or a "
    "number in requests. Identifiers are decimal strings. Failures are problems of RFC 9457."
)


@dataclass(frozen=True, slots=True)
class _Route:
    """One documented operation at its place."""

    path: str
    method: str
    name: str
    operation: Operation
    operators: str | None
    text: str


def openapi_document() -> bytes:
    """Return the document as JSON, two spaces deep; the same program gives the same bytes."""
    document = build_document(Litestar(all_routes(), openapi_config=None, logging_config=None))
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def build_document(app: Litestar) -> dict[str, Any]:
    """Return the document of an application's described routes, in the order of the routes."""
    routes = list(_routes(app))
    schemas, components = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method] = _operation(route, schemas, components)
    statuses = sorted({status for route in routes for status in problem_statuses(route)})
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Personal Finance Hub",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(_tag(route) for route in routes)],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": {f"Problem{status}": _problem(status) for status in statuses},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }
    refine(document)
    return document


def problem_statuses(route: _Route) -> list[int]:
    """Return every status but the good one that an operation can answer, ascending."""
    operation = route.operation
    statuses = {400, 503, *operation.problems}
    if not operation.public:
        statuses.add(401)
    if route.operators or (not operation.public and route.method != "get"):
        statuses.add(403)
    if "{" in route.path:
        statuses.add(404)
    if operation.body is not None:
        statuses |= {413, 415, 422}
    if operation.query is not None:
        statuses.add(422)
    if operation.idempotent:
        statuses |= {409, 422}
    if operation.limited:
        statuses.add(429)
    return sorted(statuses)


def _routes(app: Litestar) -> Iterator[_Route]:
    routes = [route for route in app.routes if isinstance(route, HTTPRoute)]
    first: dict[Any, int] = {}
    for index, route in enumerate(routes):
        for handler in route.route_handlers:
            first.setdefault(handler.fn, index)
    # The framework keeps the paths of a handler and the handlers of a path in an order of its own,
    # anew each time.
    routes.sort(key=lambda one: (min(first[h.fn] for h in one.route_handlers), one.path_format))
    for route in routes:
        yield from sorted(_described(route), key=lambda one: _METHODS.index(one.method))


def _described(route: HTTPRoute) -> Iterator[_Route]:
    for handler in route.route_handlers:
        operation = handler.opt.get(OPERATION_OPTION)
        if operation is None:
            continue
        for method in handler.http_methods:
            yield _Route(
                path=_camel_path(route.path_format),
                method=method.lower(),
                name=_operation_id(route.path_format, method),
                operation=operation,
                operators=handler.opt.get(OPERATOR_OPTION),
                text=_text(handler),
            )


def _schemas(routes: Iterable[_Route]) -> tuple[dict[int, Any], dict[str, Any]]:
    """Return the schema of each type by its `id()`, and the named components."""
    types: dict[int, Any] = {id(ProblemDetails): ProblemDetails}
    for route in routes:
        operation = route.operation
        for kind in (operation.answer, operation.body, operation.query):
            if kind is not None:
                types[id(kind)] = kind
    found, components = msgspec.json.schema_components(
        list(types.values()), ref_template=_REFERENCE
    )
    queries = {route.operation.query for route in routes if route.operation.query is not None}
    kept = {name: schema for name, schema in components.items() if not _is_query(name, queries)}
    all_schemas = dict(zip(types, found, strict=True))
    for query in queries:
        all_schemas[id(query)] = components[query.__name__]
    return all_schemas, kept


def _is_query(name: str, queries: Iterable[type]) -> bool:
    return any(query.__name__ == name for query in queries)


def _operation(
    route: _Route, schemas: dict[int, Any], components: dict[str, Any]
) -> dict[str, Any]:
    operation = route.operation
    made: dict[str, Any] = {
        "operationId": route.name,
        "tags": [_tag(route)],
        "summary": operation.summary,
    }
    if route.text:
        made["description"] = route.text
    parameters = [_path_parameter(name) for name in re.findall(r"\{(\w+)\}", route.path)]
    if operation.query is not None:
        parameters += _query_parameters(schemas[id(operation.query)], components)
    if operation.idempotent:
        parameters.append(_IDEMPOTENCY_KEY)
    if parameters:
        made["parameters"] = parameters
    if operation.body is not None:
        made["requestBody"] = {
            "required": True,
            "content": {operation.body_media: {"schema": schemas[id(operation.body)]}},
        }
    made["responses"] = _responses(route, schemas)
    made["security"] = _security(route)
    return made


def _security(route: _Route) -> list[dict[str, list[str]]]:
    if route.operation.public:
        return []
    # Nothing at all is enough from this machine where the route says so.
    return [{"bearer": []}, {}] if route.operators == "loopback" else [{"bearer": []}]


def _responses(route: _Route, schemas: dict[int, Any]) -> dict[str, Any]:
    operation = route.operation
    good: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.answer is not None:
        good["content"] = {operation.answer_media: {"schema": schemas[id(operation.answer)]}}
    answers: dict[str, Any] = {str(operation.status): good}
    for status in problem_statuses(route):
        answers[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    return answers


def _problem(status: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {PROBLEM_MEDIA: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    }
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        made["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}
        }
    return made


def _path_parameter(name: str) -> dict[str, Any]:
    is_identifier = name == "id" or name.endswith("Id")
    schema: dict[str, Any] = IDENTIFIER if is_identifier else {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(schema: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    required = set(schema.get("required", ()))
    parameters = []
    for name, field in schema["properties"].items():
        shown = _without_null(field)
        made = {"name": name, "in": "query", "required": name in required, "schema": shown}
        if "description" in shown:
            made["description"] = shown["description"]
        if shown.get("type") == "array" or "array" in str(components.get(name, "")):
            made["style"], made["explode"] = "form", True
        parameters.append(made)
    return parameters


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """Drop null from a parameter's schema: a query string has no way to say it."""
    choices = [one for one in field.get("anyOf", ()) if one != {"type": "null"}]
    rest = {name: value for name, value in field.items() if name != "anyOf"}
    if rest.get("default", "") is None:
        del rest["default"]
    if len(choices) == 1:
        return {**choices[0], **rest}
    return {"anyOf": choices, **rest} if choices else rest


def _camel_path(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: "{" + _camel(found.group(1)) + "}", path)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _operation_id(path: str, method: str) -> str:
    words = [word for word in re.split(r"[^A-Za-z0-9]+", path.removeprefix("/api")) if word]
    return method.lower() + "".join(word[:1].upper() + word[1:] for word in words)


def _tag(route: _Route) -> str:
    if route.operation.tag:
        return route.operation.tag
    parts = route.path.removeprefix("/api/").split("/")
    return parts[0].replace("-", " ").capitalize()


def _text(handler: HTTPRouteHandler) -> str:
    """Return the paragraphs of a handler's docstring after the first line."""
    lines = (inspect.getdoc(handler.fn) or "").splitlines()
    return "\n".join(lines[1:]).strip()


if __name__ == "__main__":
    sys.stdout.buffer.write(openapi_document())

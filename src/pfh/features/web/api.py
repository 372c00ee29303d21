"""What `http.py` and `pages.py` of every feature use to read requests and to document themselves.

How a feature joins the web: its `http.py` and `pages.py` each end with `routes = [handler, …]`;
`entry/web/routes.py` lists them. A handler takes `request` (and its path parameters as `str`),
reads the body with `parse_body(request, DECODER)` and the query with `parse_query(request, Query)`,
and carries `opt=describe("What it does", body=…, query=…, answer=…, status=…, problems=(409,))`.
Everything is refused to strangers unless `describe(…, public=True)` or `opt={"public": True}`;
`opt={"anyone": True}` on a page lets both in. `request.user` is the `Actor`; the services are
`request.app.state["services"]`. Expected failures are raised as `Problem` and never caught here.
"""

from __future__ import annotations

from pfh.features.web.idempotent import idempotency_key
from pfh.features.web.operation import Operation, describe
from pfh.features.web.reading import (
    IncomingRequest,
    MalformedJson,
    MalformedQuery,
    MediaTypeUnsupported,
    decode_json,
    identifier,
    parse_body,
    parse_query,
)
from pfh.features.web.wording import InvalidRequest, described

__all__ = (
    "IncomingRequest",
    "InvalidRequest",
    "MalformedJson",
    "MalformedQuery",
    "MediaTypeUnsupported",
    "Operation",
    "decode_json",
    "describe",
    "described",
    "idempotency_key",
    "identifier",
    "parse_body",
    "parse_query",
)

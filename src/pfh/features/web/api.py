"""What `http.py` and `pages.py` of every feature use to read requests and to document themselves.

How a feature joins the web: its `http.py` and `pages.py` each end with `routes = [handler, …]`;
`entry/web/routes.py` lists them. A handler takes `request` (and its path parameters as `str`),
reads the body with `parse_body(request, DECODER)` and the query with `parse_query(request, Query)`,
and carries `opt=describe("What it does", body=…, query=…, answer=…, status=…, problems=(409,))`.
Everything is refused to strangers unless `describe(…, public=True)` or `opt={"public": True}`;
`opt={"anyone": True}` on a page lets both in. `request.user` is the `Actor`; `services_of(request)`
are the ports; a writing use-case's `Answer` is rendered with `answered`. Expected failures are
raised as `Problem` and never caught here.
"""

from __future__ import annotations

from pfh.features.web.form_reading import (
    Form,
    MalformedForm,
    query_values,
    read_form,
    typed_decimal,
)
from pfh.features.web.http import JsonAnswer, WebRequest, answered, note, services_of, switches_of
from pfh.features.web.idempotent import idempotency_key, key_maker
from pfh.features.web.operation import (
    ADMINISTERS,
    OPERATOR_OPTION,
    OPERATOR_SCOPE,
    Operation,
    describe,
)
from pfh.features.web.pages import (
    Page,
    PageRequest,
    failed_status,
    go_to,
    installation_facts,
    is_fragment_wanted,
    is_secure,
    remove_element,
    show_form_again,
    show_fragment,
    show_nothing,
    show_page,
    with_cookies,
)
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
    "ADMINISTERS",
    "OPERATOR_OPTION",
    "OPERATOR_SCOPE",
    "Form",
    "IncomingRequest",
    "InvalidRequest",
    "JsonAnswer",
    "MalformedForm",
    "MalformedJson",
    "MalformedQuery",
    "MediaTypeUnsupported",
    "Operation",
    "Page",
    "PageRequest",
    "WebRequest",
    "answered",
    "decode_json",
    "describe",
    "described",
    "failed_status",
    "go_to",
    "idempotency_key",
    "identifier",
    "installation_facts",
    "is_fragment_wanted",
    "is_secure",
    "key_maker",
    "note",
    "parse_body",
    "parse_query",
    "query_values",
    "read_form",
    "remove_element",
    "services_of",
    "show_form_again",
    "show_fragment",
    "show_nothing",
    "show_page",
    "switches_of",
    "typed_decimal",
    "with_cookies",
)

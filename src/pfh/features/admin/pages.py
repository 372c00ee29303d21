"""The administrator's page: the proof of the books."""

from __future__ import annotations

from typing import Final

from litestar import get, post

from pfh.features.admin.page_views import BooksPage
from pfh.features.admin.prove_books import prove_books
from pfh.features.web.api import (
    Page,
    PageRequest,
    go_to,
    is_fragment_wanted,
    services_of,
    show_fragment,
    show_page,
)

# The last proof of this process; a proof says what was true when it was made and is not stored.
_LAST: Final = "last_proof"


@get("/admin/books")
async def books_page(request: PageRequest) -> Page:
    """Show the last proof."""
    request.user.require_admin()
    page = request.app.state.get(_LAST) or BooksPage()
    return await show_page(request, "admin/books.html", page=page)


@post("/admin/books", status_code=200)
async def prove(request: PageRequest) -> Page:
    """Prove the books now."""
    page = await prove_books(services_of(request), request.user)
    request.app.state[_LAST] = page
    if not is_fragment_wanted(request):
        return go_to(request, "/admin/books")
    return show_fragment(request, "admin/proof.html", page=page)


routes = [books_page, prove]

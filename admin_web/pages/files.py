"""Files of orders for those who see all orders."""

from aiohttp import web

from admin_web.handed import file_answer
from admin_web.page import actor_of, number, page
from core.files.queries import file_view
from core.overview.dossier import access_file


@page("GET", "/admin/files/{id:\\d+}", permission="orders.see_all")
async def file(request: web.Request) -> web.StreamResponse:
    return await file_answer(request, await file_view(await access_file(actor_of(request), number(request))))

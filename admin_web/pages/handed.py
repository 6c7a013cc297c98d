"""A file that another system was given the address of: the address is the key, and stands as long as the connection."""

from aiohttp import web

from admin_web.handed import file_answer
from admin_web.page import page
from admin_web.public import public_message, public_page, public_words
from core.hooks.queries import handed_file
from core.kernel.errors import Refusal


@page("GET", "/handed/{payload}", public=True)
async def shown(request: web.Request) -> web.StreamResponse:
    """404 for what this desk did not give, what was taken back, and bytes that are lost."""
    try:
        answer = await file_answer(request, await handed_file(request.match_info["payload"][:65]))
    except Refusal as refusal:
        title, text = public_words(request).text("handed.lost"), public_message(request, refusal)
        return await public_page(request, "public/message.html", 404, title=title, text=text, good=False)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer

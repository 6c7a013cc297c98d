"""Whether an act in one's hand is genuine: the page behind its QR code, for anybody who holds the paper."""

from datetime import date

from aiohttp import web

from admin_web.page import page
from admin_web.public import public_page
from core.documents.queries import proof
from core.kernel.errors import NotFound


@page("GET", "/proof/{payload}", public=True)
async def show(request: web.Request) -> web.Response:
    """The facts as they were agreed; a payload that this desk did not sign is told so, with 404."""
    try:
        found = await proof(request.match_info["payload"])
    except NotFound:
        return await public_page(request, "public/proof.html", 404, proof=None)
    return await public_page(
        request,
        "public/proof.html",
        proof=found,
        document=found.document,
        facts=found.facts,
        day=date.fromisoformat(found.facts["date"]),
        verdict=_verdict(found.genuine, found.document.state, found.document.replaced_by is not None),
    )


def _verdict(genuine: bool, state: str, replaced: bool) -> str:
    """changed, replaced, signed, refused or unsigned: which words head the page."""
    if not genuine:
        return "changed"
    if replaced:
        return "replaced"
    return state if state in ("signed", "refused") else "unsigned"

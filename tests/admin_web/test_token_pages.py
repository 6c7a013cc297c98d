"""A token is made on a page, told once, and revoked."""

import re

from core.kernel.words import words
from core.tokens.models import Token
from core.tokens.queries import holder_of
from tests.admin_web.sending import NASTY, send
from tests.admin_web.visitor import Visitor

T = words("admin", "ru")
GOOD = {"name": "1С", "scope": ["orders:read", "events:read"], "per_minute": "60", "expires": ""}


async def test_a_token_is_told_once_and_revoked(admin: Visitor) -> None:
    assert T.text("tokens.none") in (await admin.get("/admin/tokens"))[1]
    answer = await send(admin, "/admin/tokens", GOOD)
    found = re.search(r"nrd_\w+_[\w-]{32}", answer.text)
    assert (answer.status, bool(found)) == (200, True)
    text = found.group() if found else ""
    holder = await holder_of(text)
    assert not isinstance(holder, str)
    assert (holder.scopes, holder.per_minute) == ({"orders:read", "events:read"}, 60)
    page = (await admin.get("/admin/tokens"))[1]
    assert "1С" in page
    assert text not in page
    assert (await send(admin, f"/admin/tokens/{holder.id}/revoke")).done
    assert await holder_of(text) == "revoked"
    assert T.text("tokens.state.revoked") in (await admin.get("/admin/tokens"))[1]


async def test_what_is_wrong_is_said_at_its_field(admin: Visitor, dispatcher: Visitor) -> None:
    wrong = {
        "name": {"name": " "}, "scope": {"scope": []}, "expires": {"expires": "2001-01-01"},
        "per_minute": {"per_minute": "0"},
    }  # fmt: skip
    for field, change in wrong.items():
        answer = await send(admin, "/admin/tokens", {**GOOD, **change})
        assert (answer.status, answer.field) == (409, field), answer.said
    for nasty in NASTY.values():
        answer = await send(admin, "/admin/tokens", {**GOOD, "scope": nasty, "expires": nasty})
        assert answer.status == 409
    assert not await Token.all()
    assert (await send(admin, "/admin/tokens/999/revoke")).status == 404
    assert (await dispatcher.get("/admin/tokens"))[0] == 403
    assert (await send(dispatcher, "/admin/tokens", GOOD)).status == 403

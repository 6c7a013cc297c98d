"""Rows of people that several actions need, or the refusal to find them."""

from core.kernel.errors import NotFound, Refusal
from core.people.models import Member, Role


async def member_row(member_id: int) -> Member:
    row = await Member.get_or_none(id=member_id)
    if row is None:
        raise NotFound("people")
    return row


async def role_id(code: str) -> int:
    row = await Role.get_or_none(code=code)
    if row is None:
        raise Refusal("people.unknown_role", role=code[:40])
    return int(row.id)

"""Rows of people that several actions need, or the refusal to find them."""

from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current
from core.people.models import Member, Permission, Role
from core.people.rules import OUTSIDE


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


async def check_rank(role: int) -> None:
    """Nobody gives a role that may do what they may not, nor takes it from somebody, nor lets its people in or go.
    Work in the field is given by whoever hires."""
    for code in sorted({*await Permission.filter(role_id=role).values_list("code", flat=True)} - OUTSIDE):
        current().actor.require(str(code))

"""The secret address of a person's calendar: shown once, kept as a digest, revocable."""

from core.kernel import ids
from core.kernel.work import current
from core.schedule.actions.common import locked_member, require_self
from core.schedule.models import CalendarLink


async def open_calendar(member_id: int) -> str:
    """A new secret; the one before is good no more."""
    w = current()
    require_self(member_id)
    await locked_member(member_id)
    await CalendarLink.filter(member_id=member_id, revoked_at=None).update(revoked_at=w.now)
    token = ids.token()
    await CalendarLink.create(member_id=member_id, token_digest=ids.digest(token), created_at=w.now)
    return token


async def close_calendar(member_id: int) -> bool:
    """No address is good from now on; whether there was one."""
    require_self(member_id)
    return bool(await CalendarLink.filter(member_id=member_id, revoked_at=None).update(revoked_at=current().now))

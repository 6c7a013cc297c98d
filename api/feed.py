"""All that happened, page by page, and who asks."""

from api.endpoint import Call, endpoint
from api.models import EventOut, Events, EventsQuery, Me, read_cursor, write_cursor
from core.hooks.queries import feed
from core.hooks.rules import TYPES
from core.kernel.errors import Refusal


@endpoint("GET", "/events", scope="events:read", query=EventsQuery, answer=Events)
async def list_events(call: Call) -> Events:
    """From the beginning, or from where the last page ended; `type` may name several, with commas."""
    asked: EventsQuery = call.query
    types = tuple(one for one in (asked.type or "").split(",") if one)
    if unknown := set(types) - set(TYPES):
        raise Refusal("api.bad_event", type=min(unknown)[:60])
    after = read_cursor(asked.cursor) or 0
    rows = await feed(after, asked.limit, types)
    items = [EventOut(id=f"evt_{row.id}", type=row.type, timestamp=row.at, data=dict(row.data)) for row in rows]
    return Events(items=items, next=write_cursor(rows[-1].seq if rows else after))


@endpoint("GET", "/me", scope=None, answer=Me)
async def get_me(call: Call) -> Me:
    holder = call.holder
    return Me(name=holder.actor.name, scopes=sorted(holder.scopes), per_minute=holder.per_minute)

"""Who wrote to us in a messenger and when, and what our own messages there were about.

WhatsApp lets any words go for a day after its customer wrote; ten minutes of it are ours, for a notice that waits. MAX
and VK know people by numbers of their own: whose talk it is we are told when an order is made of what they wrote.
"""

from datetime import datetime, timedelta

from core.kernel.clock import now
from core.kernel.read import fetchval
from core.kernel.work import current
from core.orders.queries import goes_on_as

OPEN_FOR = timedelta(hours=24) - timedelta(minutes=10)
KEPT = timedelta(days=90)
CLOSED = ("closed", "cancelled")

_HEARD = """
INSERT INTO sources_talks AS t (channel, account, phone, heard_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (channel, account, phone) DO UPDATE SET heard_at = greatest(t.heard_at, excluded.heard_at)
"""


async def heard(channel: str, account: str, phone: str, at: datetime) -> None:
    """They wrote to this number of ours `at` the messenger's time, which is never later than ours."""
    w = current()
    await w.execute(_HEARD, channel, account, phone, min(at, w.now))


async def belongs(channel: str, account: str, person: str, contact_id: int) -> None:
    """The talk is this contact's from now on, and whoever's it was before is not told there."""
    sql = "UPDATE sources_talks SET contact_id = $4 WHERE channel = $1 AND account = $2 AND phone = $3"
    await current().execute(sql, channel, account, person, contact_id)


async def contact_of(channel: str, account: str, person: str) -> int | None:
    """The contact whose talk it is, as long as they are there."""
    found: int | None = await fetchval(_CONTACT, channel, account, person)
    return found


_CONTACT = """
SELECT k.id FROM sources_talks t JOIN customers_contacts k ON k.id = t.contact_id AND k.active
JOIN customers_customers c ON c.id = k.customer_id AND c.active
WHERE t.channel = $1 AND t.account = $2 AND t.phone = $3
"""


async def person_of(channel: str, account: str, contact_id: int) -> str:
    """Their number in the messenger, of their last talk; empty when they never wrote to us there."""
    found = await fetchval(_PERSON, channel, account, contact_id)
    return str(found or "")


_PERSON = """
SELECT phone FROM sources_talks WHERE channel = $1 AND account = $2 AND contact_id = $3 ORDER BY heard_at DESC LIMIT 1
"""


async def shut(channel: str, account: str, phone: str) -> None:
    """The messenger says that the day is over, whatever we thought."""
    sql = "DELETE FROM sources_talks WHERE channel = $1 AND account = $2 AND phone = $3"
    await current().execute(sql, channel, account, phone)


async def is_open(channel: str, account: str, phone: str) -> bool:
    """Whether any words may go to them now."""
    sql = "SELECT heard_at FROM sources_talks WHERE channel = $1 AND account = $2 AND phone = $3"
    at: datetime | None = await fetchval(sql, channel, account, phone)
    return at is not None and now() < at + OPEN_FOR


_SAID = """
INSERT INTO sources_said (channel, message_id, notice_id, order_id, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (channel, message_id) DO NOTHING
"""


async def said(channel: str, message_id: str, notice_id: int, order_id: int) -> None:
    """The messenger knows our notice by this id."""
    w = current()
    await w.execute(_SAID, channel, message_id, notice_id, order_id, w.now)


async def is_said(channel: str, message_id: str, notice_id: int) -> bool:
    sql = "SELECT true FROM sources_said WHERE channel = $1 AND message_id = $2 AND notice_id = $3"
    return bool(await fetchval(sql, channel, message_id, notice_id))


_OPEN = """
SELECT o.id FROM orders_orders o JOIN customers_contacts k ON k.id = o.contact_id
WHERE {0} = $1 AND o.state <> ALL($3::text[])
ORDER BY (SELECT max(s.at) FROM sources_said s WHERE s.order_id = o.id AND s.channel = $2) DESC NULLS LAST, o.id DESC
LIMIT 1
"""


async def order_of_talk(channel: str, phone: str, quoted: str, contact_id: int | None = None) -> int | None:
    """The open order that they write about: that of the message they answer to, else the one of theirs of which we told
    them last. They are known by their telephone or as a contact."""
    found = await order_of_said(channel, quoted)
    if found is not None:
        state = await fetchval("SELECT state FROM orders_orders WHERE id = $1", found)
        if state not in CLOSED:
            return found
    if not phone and contact_id is None:
        return None
    sql, who = (_OPEN.format("k.phone"), phone) if phone else (_OPEN.format("k.id"), contact_id)
    theirs: int | None = await fetchval(sql, who, channel, list(CLOSED))
    return theirs


async def order_of_said(channel: str, message_id: str) -> int | None:
    """The order that a message of ours was about, under the number by which it goes on."""
    sql = "SELECT order_id FROM sources_said WHERE channel = $1 AND message_id = $2"
    found: int | None = await fetchval(sql, channel, message_id) if message_id else None
    return await goes_on_as(found) if found is not None else None


async def forget(batch: int = 5000) -> int:
    """Erase what nobody answers to any more, `batch` rows at most. By which number a contact is written to is kept."""
    w = current()
    gone = "DELETE FROM sources_{0} WHERE id IN (SELECT id FROM sources_{0} WHERE {1} < $1 LIMIT $2)"
    erased = await w.execute(gone.format("said", "at"), w.now - KEPT, batch)
    return int(erased) + int(
        await w.execute(gone.format("talks", "contact_id IS NULL AND heard_at"), w.now - KEPT, batch)
    )

"""Ask the customer how it was, and take the answer."""

from datetime import datetime

from core.events import RatingGiven
from core.kernel.errors import Refusal
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.orders.queries import access_order
from core.people import actions as people
from core.ratings.models import Rating
from core.ratings.rules import MAX_COMMENT, check_mark

_ASK = """
WITH visit AS (
  SELECT assignee_id, done_at FROM orders_jobs WHERE order_id = $1 AND done_at IS NOT NULL ORDER BY done_at DESC LIMIT 1
), before AS (
  SELECT id, asked_at, given_at FROM ratings_ratings WHERE order_id = $1 ORDER BY id DESC LIMIT 1
), moved AS (
  UPDATE ratings_ratings r SET member_id = visit.assignee_id, asked_at = $2 FROM before, visit
  WHERE r.id = before.id AND before.given_at IS NULL AND visit.done_at > before.asked_at RETURNING r.asked_at
), asked AS (
  INSERT INTO ratings_ratings (order_id, member_id, comment, asked_at)
  SELECT $1, (SELECT assignee_id FROM visit), '', $2
  WHERE NOT EXISTS (SELECT FROM before)
    OR EXISTS (SELECT FROM before, visit WHERE before.given_at IS NOT NULL AND visit.done_at > before.asked_at)
  RETURNING asked_at
)
SELECT coalesce((SELECT asked_at FROM asked), (SELECT asked_at FROM moved), (SELECT asked_at FROM before))
"""


async def ask(order_id: int) -> datetime:
    """From now on the order may be rated; it is about whoever finished its last job. Asking again changes nothing,
    unless somebody came again since: then marks that were given stay theirs who had them, and new ones are asked for.
    When it was asked."""
    asked_at: datetime = await current().fetchval(_ASK, order_id, current().now)
    return asked_at


async def rate(
    order_id: int,
    speed: int | None = None,
    accuracy: int | None = None,
    communication: int | None = None,
    comment: str | None = None,
) -> None:
    """Give marks and a word on the last visit, one at a time or together; what is not named stays. Corrections count.

    The customer's people may, and a dispatcher who was told by telephone. Refusals: `ratings.not_asked`,
    `ratings.bad_mark`, `ratings.too_long`.
    """
    w = current()
    await access_order(w.actor, order_id)
    if w.actor.kind == "member":
        w.actor.require("orders.dispatch")
    row = await Rating.filter(order_id=order_id).order_by("-id").select_for_update().first()
    if row is None:
        raise Refusal("ratings.not_asked", order=order_id)
    given = {"speed": speed, "accuracy": accuracy, "communication": communication}
    marks = {mark: check_mark(value) for mark, value in given.items() if value is not None}
    if comment is not None and len(comment) > MAX_COMMENT:
        raise Refusal("ratings.too_long", limit=MAX_COMMENT)
    if not marks and comment is None:
        return
    row.update_from_dict(marks)
    row.comment = row.comment if comment is None else comment.strip()
    row.given_at = row.given_at or w.now
    await row.save()
    facts = {**marks, **({} if comment is None else {"comment": row.comment})}
    await orders.note(order_id, "order.rated", facts, public=True)
    await orders.touch(order_id)
    await _recount(row.member_id)
    await emit(RatingGiven(order_id))


async def _recount(member_id: int | None) -> None:
    """The technician's rating: the mean of all marks of their last hundred rated orders."""
    if member_id is None:
        return
    row = await current().fetchrow(
        "SELECT avg(mark) AS mean FROM (SELECT * FROM ratings_ratings WHERE member_id = $1 AND given_at IS NOT NULL"
        " ORDER BY given_at DESC LIMIT 100) r, unnest(ARRAY[r.speed, r.accuracy, r.communication]) AS mark",
        member_id,
    )
    mean = row["mean"] if row else None
    await people.set_rating(member_id, None if mean is None else round(float(mean), 2))

"""Follow technicians while they are on shift and on a job, and only then."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.company.queries import company
from core.events import PlaceShared
from core.kernel import hints
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.presence import live
from core.presence.follower import TOPIC, follower
from core.presence.models import Visit
from core.presence.queries import eta, last_position
from core.presence.rules import FOLLOWED, LONGEST_SHARE, Position, Seen, check_place, eta_is_news, haversine
from core.tasks.actions import TaskRun, task

RECENT = timedelta(minutes=10)


async def positions(batch: Sequence[Position]) -> list[Seen]:
    """Keep a batch of live locations that moved; outside a work, stored when this returns.

    Positions of anybody who is not on shift, not on a job that is travelling or on site, or shares nothing, are
    dropped. Returns what they mean for jobs on their way, at most one `Seen` per job: the caller acts on it in a work
    of its own (`reactions.presence.moved`). An empty batch now and then lets somebody who stands still arrive.
    """
    return await follower.positions(batch)


def changed() -> None:
    """A shift or a job began or ended: every process looks again who is followed, after this work's commit."""
    current().on_commit(lambda: hints.broadcast(TOPIC))


async def share_started(
    bot: str, chat_id: int, message_id: int, member_id: int, live_seconds: int, job_id: int | None = None
) -> None:
    """A technician shares a live location in this message; without an end it counts for a day."""
    w = current()
    until = w.now + min(timedelta(seconds=max(live_seconds, 60)), LONGEST_SHARE)
    await w.execute(
        "INSERT INTO presence_live_shares (bot, chat_id, message_id, member_id, job_id, until)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (bot, chat_id, message_id)"
        " DO UPDATE SET member_id = excluded.member_id, job_id = excluded.job_id, until = excluded.until,"
        " stopped_at = NULL",
        *(bot, chat_id, message_id, member_id, job_id, until),
    )
    changed()


async def share_stopped(bot: str, chat_id: int, message_id: int) -> int | None:
    """The location moves no more. Whose it was; None for a message that we did not follow."""
    row = await current().fetchrow(
        "WITH stopped AS (UPDATE presence_live_shares SET stopped_at = $4 WHERE bot = $1 AND chat_id = $2"
        " AND message_id = $3 AND stopped_at IS NULL RETURNING member_id) SELECT member_id FROM stopped",
        *(bot, chat_id, message_id, current().now),
    )
    changed()
    return int(row["member_id"]) if row else None


async def note_place(
    member_id: int,
    lat: float,
    lon: float,
    accuracy: float | None,
    at: datetime,
    job_id: int | None = None,
    *,
    shared: bool = False,
) -> bool:
    """One position that somebody sent, as a place or (`shared`) as the beginning of a live one; whether it was kept.
    The arrival time of the job on its way follows."""
    w = current()
    check_place(lat, lon)
    row = await w.fetchrow(
        "WITH kept AS (INSERT INTO presence_tracks (member_id, job_id, lat, lon, accuracy, at)"
        " SELECT m.id, j.id, $2, $3, $4, $5 FROM people_members m JOIN orders_jobs j ON j.assignee_id = m.id"
        " AND j.state = ANY($6::text[]) AND ($7::bigint IS NULL OR j.id = $7)"
        " WHERE m.id = $1 AND m.on_duty_at IS NOT NULL LIMIT 1 RETURNING job_id)"
        " SELECT k.job_id, j.order_id, j.state, j.eta_at FROM kept k JOIN orders_jobs j ON j.id = k.job_id",
        *(member_id, float(lat), float(lon), accuracy, at, list(FOLLOWED), job_id),
    )
    if row is None:
        return False
    thought = await eta(row["job_id"])
    if thought is not None and thought.at is not None:
        told = row["eta_at"].timestamp() if row["eta_at"] else None
        news = eta_is_news(told, thought.at.timestamp(), (await company()).rule("eta_threshold_minutes"))
        await orders.set_eta(row["job_id"], thought.at, tell=news)
    if shared and row["state"] == "travelling":
        await emit(PlaceShared(row["order_id"], row["job_id"], lat, lon))
    return True


async def arrive(job_id: int) -> None:
    """Said by hand: how far the person then was from the site is recorded, as far as a recent position tells."""
    row = await current().fetchrow(
        "SELECT j.assignee_id, coalesce(s.lat, o.lat) AS lat, coalesce(s.lon, o.lon) AS lon FROM orders_jobs j"
        " JOIN orders_orders o ON o.id = j.order_id LEFT JOIN customers_sites s ON s.id = o.site_id WHERE j.id = $1",
        job_id,
    )
    here = await last_position(row["assignee_id"], RECENT) if row and row["assignee_id"] else None
    metres = None
    if row and here and row["lat"] is not None and row["lon"] is not None:
        metres = haversine(here.lat, here.lon, row["lat"], row["lon"])
    await orders.arrive(job_id, "hand", metres)


async def visit_began(job_id: int, member_id: int, how: str, distance: float | None) -> None:
    """A stay on site begins; a job whose arrival was corrected keeps one visit."""
    w = current()
    here = await last_position(member_id, RECENT)
    values = {
        "arrived_at": w.now,
        "how": how,
        "distance": distance,
        "lat": here.lat if here else None,
        "lon": here.lon if here else None,
    }
    if not await Visit.filter(job_id=job_id, member_id=member_id, left_at=None).update(**values):
        await Visit.create(None, job_id=job_id, member_id=member_id, **values)
    changed()


_LAST_STEP = """
SELECT kind, at FROM orders_entries
WHERE job_id = $1 AND kind IN ('job.arrive', 'job.pause', 'job.resume', 'job.travel', 'job.step_back')
ORDER BY id DESC LIMIT 1
"""


async def visit_ended(job_id: int) -> None:
    """They left: now, or when they paused and did not take it up again. Nothing happens to a job that nobody
    visited."""
    w = current()
    last = await w.fetchrow(_LAST_STEP, job_id)
    left_at = last["at"] if last and last["kind"] == "job.pause" else w.now
    await Visit.filter(job_id=job_id, left_at=None).update(left_at=left_at)
    changed()


@task("presence.forget")
async def forget_place(run: TaskRun) -> None:
    """Off shift: the map shows them no more. A Redis that is lost has forgotten by itself."""
    redis = live.live()
    if redis is not None:
        await redis.drop(int(run.args["member_id"]))
    async with run.commit():
        pass

"""Live locations on the real database: kept only on shift and on a job, stored once, read back with and without
Redis."""

from datetime import UTC, datetime
from math import ceil

import asyncpg
import pytest
from redis.asyncio import Redis

import core.reactions  # noqa: F401
from core.events import PlaceShared
from core.kernel.actor import member
from core.kernel.clock import clock, now
from core.kernel.errors import NotAllowed
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.presence import actions, history, live, queries
from core.presence.follower import follower
from core.presence.rules import Position, Seen
from core.tasks.actions import later, run_one
from tests.orders.desk import events_of
from tests.presence.conftest import CHAT, MESSAGE
from tests.world import World

ARBAT = (55.7522, 37.5970)
FAR = (55.8000, 37.5000)


def stamp() -> int:
    """The desk's present in whole seconds, not before anything that just happened."""
    return ceil(now().timestamp())


def point(place: tuple[float, float], at: int, message: int = MESSAGE) -> Position:
    return ("technician", CHAT, message, place[0], place[1], 12.0, at)


async def stored() -> list[tuple[float, float]]:
    return [(row["lat"], row["lon"]) for row in await fetch("SELECT lat, lon FROM presence_tracks ORDER BY at, id")]


async def test_a_batch_is_kept_and_says_when_they_arrive(world: World, job: int) -> None:
    start = stamp()
    batch = [point((FAR[0] - n / 1000, FAR[1]), start + n) for n in range(5)]
    (seen,) = await actions.positions(batch)
    assert len(await stored()) == 5
    assert (seen.job_id, seen.member_id, seen.arrived, seen.eta_changed) == (job, world.pyotr, False, True)
    assert seen.distance == pytest.approx(7_700, rel=0.05)
    assert seen.eta_at is not None
    assert seen.distance is not None
    assert seen.eta_at - batch[-1][6] == pytest.approx(seen.distance * 1.35 / 1000 / 24 * 3600 + 180)
    last = await queries.last_position(world.pyotr)
    assert last is not None
    assert (last.lat, last.job_id) == (batch[-1][3], job)


async def test_a_row_says_all_that_the_messenger_said(world: World, job: int) -> None:
    at = stamp()
    exact, vague = point(FAR, at), ("technician", CHAT, MESSAGE, -0.5, 180, None, at + 1)
    await actions.positions([exact, vague])
    rows = await fetch("SELECT member_id, job_id, lat, lon, accuracy, at FROM presence_tracks ORDER BY at")
    assert [(*row.values(),) for row in rows] == [
        (world.pyotr, job, *FAR, 12.0, datetime.fromtimestamp(at, UTC)),
        (world.pyotr, job, -0.5, 180.0, None, datetime.fromtimestamp(at + 1, UTC)),
    ]


async def test_a_lost_connection_is_opened_again(job: int) -> None:
    at = stamp()
    await actions.positions([point(FAR, at)])
    async with history.line.use() as connection:
        lost = await connection.fetchval("SELECT pg_backend_pid()")
        await fetchval("SELECT pg_terminate_backend($1, 5000)", lost)
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)):
            await connection.fetchval("SELECT 1")
    await actions.positions([point(FAR, at + 1)])
    assert len(await stored()) == 2


async def test_the_same_and_older_positions_are_kept_once(job: int) -> None:
    start = stamp()
    first, second = point(FAR, start), point(FAR, start + 5)
    await actions.positions([first, first])
    await actions.positions([second, first])
    await actions.positions([second])
    assert len(await stored()) == 2


async def test_what_nobody_shares_is_dropped(job: int) -> None:
    strange = [
        point(FAR, stamp(), message=10),
        ("customer", CHAT, MESSAGE, *FAR, None, stamp()),
        point((99, 0), stamp()),
    ]
    assert await actions.positions(strange) == []
    assert await stored() == []


@pytest.mark.parametrize("end", ["finish", "pause", "share", "unassign", "cancel"])
async def test_nothing_is_kept_once_it_is_over(world: World, job: int, end: str) -> None:
    await actions.positions([point(FAR, stamp())])
    assert len(await stored()) == 1
    async with work():
        match end:
            case "finish":
                await orders.arrive(job)
                await orders.finish(job, "no_access")
            case "pause":
                await orders.pause(job, "обед")
            case "share":
                assert await actions.share_stopped("technician", CHAT, MESSAGE) == world.pyotr
            case "unassign":
                await orders.step_back(job)
                await orders.unassign(job, "другой ближе")
            case "cancel":
                await orders.cancel(1001, "передумали")
    clock.offset = 5
    assert await actions.positions([point(FAR, stamp())]) == []
    assert len(await stored()) == 1


async def test_a_share_ends_with_its_time(job: int) -> None:
    clock.offset = 3700
    follower.forget()
    await actions.positions([point(FAR, stamp())])
    assert await stored() == []


async def test_the_geofence_tells_the_arrival_and_the_desk_acts_on_it(world: World, job: int) -> None:
    from core.reactions.presence import moved

    start = stamp()
    near = (ARBAT[0] + 0.0005, ARBAT[1])
    assert not any(one.arrived for one in await actions.positions([point(near, start)]))
    seen = await actions.positions([point(near, start + 4)])
    assert [one.arrived for one in seen] == [True]
    await moved(seen)
    assert await fetchval("SELECT state FROM orders_jobs WHERE id = $1", job) == "on_site"
    (visit,) = await queries.visits(job)
    assert (visit.how, visit.left_at) == ("geofence", None)
    assert visit.distance == pytest.approx(56, abs=2)
    assert await actions.positions([point(near, start + 9)]) == []
    assert len(await stored()) == 3
    await moved(seen)


async def test_somebody_who_stands_still_arrives_in_silence(job: int) -> None:
    await actions.positions([point(ARBAT, stamp())])
    assert await actions.positions([]) == []
    clock.offset = 31
    (seen,) = await actions.positions([])
    assert seen.arrived
    assert seen.distance == pytest.approx(0, abs=1)


async def test_an_arrival_time_is_told_when_it_moved_enough(job: int) -> None:
    async def news(place: tuple[float, float], second: int) -> list[bool]:
        return [one.eta_changed for one in await actions.positions([point(place, start + second)])]

    start = stamp()
    assert await news(FAR, 0) == [True]
    assert await news((FAR[0], FAR[1] + 0.01), 10) == []
    assert await news((FAR[0], FAR[1] - 0.10), 20) == [True]


async def test_by_hand_the_distance_is_recorded(world: World, job: int) -> None:
    pyotr = await world.actor(member(world.pyotr))
    async with work(pyotr):
        assert await actions.note_place(world.pyotr, 55.7612, ARBAT[1], 10, now(), job)
        assert (await queries.eta(job)) is not None
        await actions.arrive(job)
    (visit,) = await queries.visits(job)
    assert visit.how == "hand"
    assert visit.distance == pytest.approx(1_000, rel=0.01)
    assert await queries.eta(job) is None


async def test_who_begins_to_share_on_the_way_is_seen_at_once(world: World, job: int) -> None:
    with events_of(PlaceShared) as seen:
        async with work():
            await actions.note_place(world.pyotr, *FAR, None, now(), job)
            await actions.note_place(world.pyotr, *FAR, None, now(), job, shared=True)
    assert [(one.job_id, one.lat, one.lon) for one in seen] == [(job, *FAR)]


async def test_a_place_sent_off_shift_is_not_kept(world: World, job: int) -> None:
    async with work():
        assert not await actions.note_place(world.rashid, *ARBAT, None, now())
    assert await stored() == []


@pytest.mark.parametrize("redis_is", ["there", "absent", "lost", "flushed"])
async def test_the_map_is_the_same_with_and_without_redis(
    world: World, job: int, redis_url: str, redis_is: str
) -> None:
    url = redis_url if redis_is != "lost" else "redis://127.0.0.1:1/0"
    async with Redis.from_url(url, socket_connect_timeout=1) as redis:
        live.use(None if redis_is == "absent" else live.Live(redis))
        await actions.positions([point(FAR, stamp())])
        if redis_is == "flushed":
            await redis.flushdb()
        (place,) = await queries.places(await world.actor(member(world.dispatcher)))
        assert (place.member_id, place.job_id) == (world.pyotr, job)
        assert (place.lat, place.lon) == (pytest.approx(FAR[0], abs=1e-4), pytest.approx(FAR[1], abs=1e-4))
        with pytest.raises(NotAllowed):
            await queries.places(await world.actor(member(world.pyotr)))
        track = await queries.track(await world.actor(member(world.dispatcher)), job)
        assert [(one.lat, one.lon) for one in track] == [FAR]
        async with work():
            await later("presence.forget", {"member_id": world.pyotr})
        while await run_one():
            pass
        if redis_is == "there":
            assert await redis.zcard("naryad:places") == 0


async def test_a_refused_batch_is_kept_when_it_comes_again(job: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: object) -> None:
        raise OSError("the database went away")

    batch = [point(FAR, stamp())]
    with monkeypatch.context() as patch:
        patch.setattr(history, "keep", broken)
        with pytest.raises(OSError, match="went away"):
            await actions.positions(batch)
    seen: list[Seen] = await actions.positions(batch)
    assert len(await stored()) == len(seen) == 1

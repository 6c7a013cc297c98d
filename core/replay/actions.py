"""Have a past period replayed by a changed rule set. It is counted in a process of its own that may only read."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from core.company.queries import company
from core.dispatch.queries import ruleset, rulesets, versions
from core.dispatch.rulesets import USUAL, Rules, check
from core.dispatch.settle import data_of
from core.kernel.clock import clock
from core.kernel.database import opened
from core.kernel.errors import NotFound, Outage, Refusal
from core.kernel.read import fetchrow, parsed
from core.kernel.work import current, work
from core.plan.queries import bounds, today
from core.plan.solver import Solver
from core.replay.queries import rules_kept
from core.replay.rules import MOST_JOBS, check_period
from core.schedule.queries import rota as rota_view
from core.tasks.actions import ATTEMPTS, GivenBack, TaskRun, later, task

COUNT = "replay.count"
LONGEST_S = 3600.0
MOST_KEPT = 50
DRAFT = "new"
"""The code of a rule set that nobody has kept yet; none that was kept is called so."""
YOUNGEST = 1 << 31

log = logging.getLogger(__name__)


class Stopped(Exception):
    """Somebody does not want the replay any more."""


async def start(
    first: date,
    last: date,
    code: str,
    before: int | None,
    after: Rules | int,
    rota: int | None = None,
    members: Sequence[int] = (),
) -> int:
    """Replay these days: with the rule set `code` as its version `before` says (None: as it holds now), and with it as
    `after` says (a version, or rules that nobody has kept); the replay's id. With the code `DRAFT` the rule set is only
    in `after`. With a `rota` these members work by it in `after`. Refusals: replay.* with `field`,
    `dispatch.bad_ruleset`."""
    w = current()
    w.actor.require("company.edit")
    check_period(first, last, await today())
    old = await _version(code, before) if code != DRAFT else None
    new = await _version(code, after) if isinstance(after, int) else after
    new = replace(new, code=code, first=old.first if old else YOUNGEST)
    check(new)
    await w.execute("LOCK TABLE replay_runs IN SHARE ROW EXCLUSIVE MODE")
    if await w.fetchval("SELECT 1 FROM replay_runs WHERE state = 'counting' LIMIT 1"):
        raise Refusal("replay.counting")
    jobs = await _size(first, last)
    await w.execute("DELETE FROM replay_runs WHERE id IN (SELECT id FROM replay_runs ORDER BY id DESC OFFSET $1)",
                    MOST_KEPT - 1)  # fmt: skip
    asked = {"code": code, "new": old is None, "before": _kept(old or new), "after": _kept(new)}
    asked["rota"] = await _rota(rota, members)
    sql = """INSERT INTO replay_runs (state, first_day, last_day, asked, result, progress, who, at)
             VALUES ($6, $1, $2, $3::jsonb, '{"jobs": 0}', 0, $4, $5) RETURNING id"""
    state = "counting" if jobs else "ready"
    made = int(await w.fetchval(sql, first, last, orjson.dumps(asked).decode(), w.actor.name, w.now, state))
    if jobs:
        await later(COUNT, {"replay": made}, key=made)
    return made


async def _rota(rota_id: int | None, members: Sequence[int]) -> dict[str, Any] | None:
    if rota_id is None and not members:
        return None
    sql = "SELECT id, name FROM people_members WHERE active AND id = ANY($1::bigint[]) ORDER BY name, id"
    people = await current().fetch(sql, list(members))
    if rota_id is None or not people:
        raise Refusal("replay.bad_rota", field="rota" if rota_id is None else "member")
    found = await rota_view(rota_id)
    return {
        "name": found.name,
        "data": found.data,
        "members": [row["id"] for row in people],
        "names": [row["name"] for row in people],
    }


async def _version(code: str, version: int | None) -> Rules:
    if version is None:
        return await ruleset(code)
    found = next((one.rules for one in await versions(code, 1000) if one.rules.id == version), None)
    if found is None:
        raise NotFound("dispatch.ruleset", ruleset=code)
    return found


async def _size(first: date, last: date) -> int:
    """How many jobs came in the period."""
    zone = (await company()).tz
    sql = "SELECT count(*) FROM orders_jobs WHERE created_at >= $1 AND created_at < $2"
    found = int(await current().fetchval(sql, bounds(first, zone)[0], bounds(last, zone)[1]))
    if found > MOST_JOBS:
        raise Refusal("replay.too_many", field="first", most=MOST_JOBS)
    return found


def _kept(rules: Rules) -> dict[str, Any]:
    return {"code": rules.code, "name": dict(rules.name), "data": data_of(rules), "id": rules.id, "first": rules.first}


async def stop(replay_id: int) -> None:
    """Count no further. Nothing happens to one that is over."""
    w = current()
    w.actor.require("company.edit")
    await w.execute("UPDATE replay_runs SET state = 'stopped' WHERE id = $1 AND state = 'counting'", replay_id)


@task(COUNT, limit_s=2 * LONGEST_S + 60)
async def _count(run: TaskRun) -> None:
    """Count in another process, keep the result in one work."""
    replay_id = run.args["replay"]
    row = await fetchrow("SELECT first_day, last_day, asked, state FROM replay_runs WHERE id = $1", replay_id)
    if row is None or row["state"] != "counting":
        return
    code, new, before, after = rules_kept(row["asked"])
    others = [one for one in await rulesets() if one.code != code]
    solver = Solver(module="core.replay.serve", longest=LONGEST_S)
    question = (opened(), clock.offset, row["first_day"], row["last_day"])
    try:
        sides = [_among(others, None if new else before), _among(others, after)]
        result = await solver.ask(*question, *sides, parsed(row["asked"]).get("rota"), told=_progress(run, replay_id))
    except Stopped:
        return
    except GivenBack:
        raise
    except Exception as error:
        if run.attempt >= ATTEMPTS or (isinstance(error, Outage) and error.permanent):
            log.exception("a replay failed", extra={"replay": replay_id})
            async with run.commit() as w:
                sql = "UPDATE replay_runs SET state = 'failed' WHERE id = $1 AND state = 'counting'"
                await w.execute(sql, replay_id)
            return
        raise
    finally:
        await solver.close()
    async with run.commit() as w:
        sql = """UPDATE replay_runs SET state = 'ready', progress = 100, result = $2::jsonb
                 WHERE id = $1 AND state = 'counting'"""
        await w.execute(sql, replay_id, orjson.dumps(result).decode())


def _among(others: list[Rules], one: Rules | None) -> list[Rules]:
    """All rule sets of a side, the usual one first."""
    whole = [*others, one] if one else others
    return sorted(whole, key=lambda rules: (rules.code != USUAL, rules.first))


def _progress(run: TaskRun, replay_id: int) -> Callable[[float], Awaitable[None]]:
    async def told(share: float) -> None:
        run.go_on()
        async with work() as w:
            sql = "UPDATE replay_runs SET progress = $2 WHERE id = $1 AND state = 'counting'"
            if not await w.execute(sql, replay_id, min(99, round(100 * share))):
                raise Stopped

    return told

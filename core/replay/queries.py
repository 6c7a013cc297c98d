"""Replays as an administrator sees them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.dispatch.queries import rules_of
from core.dispatch.rulesets import Rules
from core.kernel.actor import Actor
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, parsed


@dataclass(frozen=True, slots=True)
class ReplayView:
    """`before` and `after` are the two shapes of the rule set `code` that are compared (None: there is no such rule set
    before); `rota` and `result` as in `rules.py`."""

    id: int
    state: str
    first: date
    last: date
    code: str
    before: Rules | None
    after: Rules
    rota: dict[str, Any] | None
    result: dict[str, Any]
    progress: int
    who: str
    at: datetime


async def replay(actor: Actor, replay_id: int) -> ReplayView:
    """NotFound replay."""
    actor.require("company.edit")
    row = await fetchrow("SELECT * FROM replay_runs WHERE id = $1", replay_id)
    if row is None:
        raise NotFound("replay", id=replay_id)
    return _view(row)


async def replays(actor: Actor, limit: int = 50) -> list[ReplayView]:
    """The newest first, without what came of them."""
    actor.require("company.edit")
    sql = """SELECT id, state, first_day, last_day, asked, '{}' AS result, progress, who, at FROM replay_runs
             ORDER BY id DESC LIMIT $1"""
    return [_view(row) for row in await fetch(sql, limit)]


def rules_kept(asked: Any) -> tuple[str, bool, Rules, Rules]:
    """Of a row's `asked`: the code, whether that rule set is only in the second shape, and both shapes."""
    told = parsed(asked)
    return told["code"], told["new"], rules_of(told["before"]), rules_of(told["after"])


def _view(row: Any) -> ReplayView:
    code, new, before, after = rules_kept(row["asked"])
    return ReplayView(
        row["id"],
        row["state"],
        row["first_day"],
        row["last_day"],
        code,
        None if new else before,
        after,
        parsed(row["asked"]).get("rota"),
        parsed(row["result"]),
        row["progress"],
        row["who"],
        row["at"],
    )

"""What was promised by when. Pure: times in, times out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

KINDS = ("response", "arrival", "resolution")
NEAR = 0.8

Minutes = Mapping[str, Mapping[str, int]]


def policy_for(company: Minutes, terms: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Minutes by priority and kind: the company's, with what a contract's terms name put over them.

    What is no positive whole number of minutes in the terms is passed over."""
    return {
        priority: {kind: _minutes(terms, priority, kind) or usual for kind, usual in kinds.items()}
        for priority, kinds in company.items()
    }


def _minutes(terms: Mapping[str, Any], priority: str, kind: str) -> int | None:
    row = terms.get(priority)
    value = row.get(kind) if isinstance(row, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def deadlines(
    created_at: datetime,
    priority: str,
    policy: Minutes,
    wanted_from: datetime | None = None,
    wanted_to: datetime | None = None,
) -> dict[str, datetime]:
    """When each kind is due, for clocks that start at `created_at` (aware).

    Whoever wants us later than we promise is not kept waiting: arrival is then due by the end of their window (by its
    start plus an hour when it has no end), and resolution moves along with it.
    """
    due = {kind: created_at + timedelta(minutes=policy[priority][kind]) for kind in KINDS}
    wanted = wanted_to or (wanted_from + timedelta(hours=1) if wanted_from else None)
    if wanted and wanted > due["arrival"]:
        due["resolution"] += wanted - due["arrival"]
        due["arrival"] = wanted
    return due


def near_at(started_at: datetime, due_at: datetime) -> datetime:
    """When to warn: at 80 % of the way."""
    return started_at + (due_at - started_at) * NEAR

"""Days that were played, kept in a file of a JSON object a line: each is written as soon as it is over, so that a long
run that was cut goes on where it stopped. Several runs may write to one file."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from naryad.errors import OperatorError
from naryad.simulation.figures import Figures

Which = tuple[str, int]
"""A hand and a seed."""


@dataclass(slots=True)
class Kept:
    """The days of so many technicians and orders. `path`: None where nothing is kept. `played`: the last date on which
    one of them was."""

    path: Path | None
    technicians: int
    orders: int
    days: dict[Which, Figures] = field(default_factory=dict)
    played: str = ""

    def add(self, figures: Figures) -> None:
        """A day is over."""
        self.days[figures.hand, figures.seed] = figures
        self.played = f"{datetime.now(UTC):%Y-%m-%d}"
        if self.path is None:
            return
        sizes = {"technicians": self.technicians, "orders": self.orders, "played": self.played}
        try:
            with self.path.open("ab") as file:
                file.write(orjson.dumps(sizes | figures.plain(), option=orjson.OPT_APPEND_NEWLINE))
        except OSError as error:
            raise OperatorError("plan.unwritable", path=self.path, reason=error.strerror) from error


def read(path: Path | None, technicians: int, orders: int) -> Kept:
    """What was kept of such days; the last line counts where a day was played twice. A file that is not there yet has
    none. `OperatorError` for one that is not of ours."""
    kept = Kept(path, technicians, orders)
    try:
        lines = path.read_bytes().splitlines() if path and path.exists() else []
    except OSError as error:
        raise OperatorError("simulate.unreadable", path=path, reason=error.strerror) from error
    for number, line in enumerate(lines, 1):
        try:
            row = orjson.loads(line)
            sizes = row.pop("technicians"), row.pop("orders")
            played, figures = str(row.pop("played")), _figures(row)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise OperatorError("simulate.not_days", path=path, line=number) from error
        if sizes == (technicians, orders):
            kept.days[figures.hand, figures.seed] = figures
            kept.played = max(kept.played, played)
    return kept


def _figures(row: dict[str, Any]) -> Figures:
    return Figures(**row | {"loads": tuple(row["loads"]), "causes": dict(row["causes"])})

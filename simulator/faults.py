"""The page's switches for trouble: what to answer instead, how late, how often, how often an update repeats.

`error`: 429, 403, 500 and 502 refuse without doing; "drop" cuts the line without doing; "timeout" does and
never answers; "half" does and cuts the line in the middle of the answer. The last two are the unknown outcomes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.errors import ActError

ERRORS: tuple[int | str | None, ...] = (None, 429, 403, 500, 502, "timeout", "half", "drop")


@dataclass(slots=True)
class Faults:
    error: int | str | None = None
    methods: list[str] = field(default_factory=list)
    probability: float = 1.0
    bot_id: int | None = None
    count: int | None = None
    delay_ms: int = 0
    duplicate: int = 0
    reorder: bool = False
    limits: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def applies(self, bot_id: int, method: str) -> bool:
        if self.bot_id is not None and self.bot_id != bot_id:
            return False
        return not self.methods or method.lower() in (name.lower() for name in self.methods)

    def strike(self, bot_id: int, method: str) -> int | str | None:
        """The error that hits this call, if any; a spent `count` switches it off."""
        if self.error is None or not self.applies(bot_id, method):
            return None
        if self.probability < 1 and random.random() >= self.probability:
            return None
        error = self.error
        if self.count is not None:
            self.count -= 1
            if self.count <= 0:
                self.count = self.error = None
        return error

    def update(self, wanted: dict[str, Any]) -> None:
        """Change the named switches; an unknown or impossible one changes nothing and raises ActError."""
        checks: dict[str, Callable[[Any], bool]] = {
            "error": lambda v: v in ERRORS and not isinstance(v, bool),
            "methods": lambda v: isinstance(v, list) and all(isinstance(name, str) for name in v),
            "probability": lambda v: _number(v) and 0 <= v <= 1,
            "bot_id": lambda v: v is None or _whole(v),
            "count": lambda v: v is None or (_whole(v) and v > 0),
            "delay_ms": lambda v: _whole(v) and 0 <= v <= 120_000,
            "duplicate": lambda v: _whole(v) and 0 <= v <= 20,
            "reorder": lambda v: isinstance(v, bool),
            "limits": lambda v: isinstance(v, bool),
        }
        for name, value in wanted.items():
            if name not in checks or not checks[name](value):
                raise ActError("bad_fault", f"faults: {name} cannot be {value!r}")
        for name, value in wanted.items():
            setattr(self, name, value)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

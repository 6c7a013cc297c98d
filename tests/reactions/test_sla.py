"""What follows when a deadline comes near or passes."""

import pytest

from core.events import DeadlineBreached, DeadlineNear
from tests.reactions.ground import NOBODYS, Ground, alert


@pytest.mark.parametrize(("event", "kind"), [(DeadlineNear, "near"), (DeadlineBreached, "breach")])
async def test_dispatchers_are_told(ground: Ground, event: type, kind: str) -> None:
    assert await ground.after(event(ground.order, "arrival")) == {alert(kind), *NOBODYS}

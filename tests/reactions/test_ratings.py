"""What follows when a customer has said how it was."""

import pytest

from core.events import RatingGiven
from core.ratings.models import Rating
from tests.reactions.ground import NOBODYS, WHEN, Ground, alert


@pytest.mark.parametrize(
    ("marks", "low"), [({"speed": 5}, False), ({"speed": 5, "accuracy": 2}, True), ({"communication": 1}, True)]
)
async def test_a_low_mark_is_a_dispatchers_business(ground: Ground, marks: dict[str, int], low: bool) -> None:
    await Rating.create(order_id=ground.order, member_id=ground.world.pyotr, asked_at=WHEN, **marks)
    expected = {*NOBODYS, *({alert("low_rating")} if low else ())}
    assert await ground.after(RatingGiven(ground.order), "olga") == expected

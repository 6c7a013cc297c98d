"""What customers thought."""

from dataclasses import dataclass
from datetime import datetime

from core.kernel.read import fetchrow
from core.ratings.rules import average


@dataclass(frozen=True, slots=True)
class RatingView:
    """Marks 1 to 5, None until given."""

    order_id: int
    member_id: int | None
    speed: int | None
    accuracy: int | None
    communication: int | None
    comment: str
    asked_at: datetime
    given_at: datetime | None

    @property
    def average(self) -> float | None:
        return average((self.speed, self.accuracy, self.communication))


async def rating_of(order_id: int) -> RatingView | None:
    """Of an order that the caller let the reader see, the last one; None when nobody was asked yet."""
    row = await fetchrow(
        "SELECT order_id, member_id, speed, accuracy, communication, comment, asked_at, given_at FROM ratings_ratings"
        " WHERE order_id = $1 ORDER BY id DESC LIMIT 1",
        order_id,
    )
    return RatingView(**dict(row)) if row else None

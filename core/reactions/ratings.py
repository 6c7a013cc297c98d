"""What follows when a customer has said how it was."""

from core.company.queries import company
from core.events import RatingGiven
from core.kernel.work import current, on
from core.ratings.models import Rating
from core.ratings.rules import MARKS, is_low
from core.reactions.audience import alert, refresh


@on(RatingGiven)
async def given(event: RatingGiven) -> None:
    """A low score is a dispatcher's business at once: one alert, which takes in the marks and words that follow."""
    refresh(event.order_id)
    rating = await Rating.filter(order_id=event.order_id).order_by("-id").first()
    if rating is None:
        return
    if is_low((getattr(rating, mark) for mark in MARKS), (await company()).rule("low_rating")):
        tick = int(current().now.timestamp() * 1000)
        alert(event.order_id, "low_rating", card=f"lowmark:{rating.id}", revision=tick)

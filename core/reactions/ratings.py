"""What follows when a customer has said how it was."""

from core.events import RatingGiven
from core.kernel.work import on
from core.reactions.audience import alert, refresh


@on(RatingGiven)
async def given(event: RatingGiven) -> None:
    """A low score is a dispatcher's business at once."""
    refresh(event.order_id)
    if event.low:
        alert(event.order_id, "low_rating")

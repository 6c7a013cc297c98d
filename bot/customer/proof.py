"""A scanned act proves itself here when the desk has no public page."""

from bot.turn import Turn
from core.documents.queries import proof
from core.kernel.errors import Refusal


async def show_proof(turn: Turn, payload: str) -> None:
    """Anybody may ask: the paper in their hands has the payload."""
    try:
        found = await proof(payload)
    except Refusal:
        turn.say("customer.proof", {"genuine": False})
        return
    paper = found.document
    facts = {
        "genuine": found.genuine,
        "digest": found.digest,
        "number": paper.number,
        "state": paper.state,
        "total": str(paper.total),
        "signed_at": paper.signed_at.isoformat() if paper.signed_at else None,
        "signed_by": paper.signed_by,
    }
    turn.say("customer.proof", facts)

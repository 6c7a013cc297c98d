"""What follows when a label is recognised on a photo."""

import pytest

from core.events import LabelSeen
from core.files.models import File
from core.kernel.actor import contact, member
from core.orders.models import Attachment
from tests.reactions.ground import WHEN, Ground

SHOWN = {"told olga customer.label"}


@pytest.mark.parametrize(
    ("who", "machine", "attached", "expected"),
    [
        ("olga", "fridge", False, SHOWN),
        ("olga", None, False, SHOWN),
        ("olga", "oven", False, set()),
        ("olga", "fridge", True, set()),
        ("pyotr", "fridge", False, set()),
    ],
)
async def test_its_sender_is_shown_the_machine(
    ground: Ground, who: str, machine: str | None, attached: bool, expected: set[str]
) -> None:
    party = contact(ground.world.olga) if who == "olga" else member(ground.world.pyotr)
    file = await File.create(kind="photo", created_by=party, created_at=WHEN)
    if attached:
        await Attachment.create(order_id=ground.order, file_id=file.id, phase="request", party=party, at=WHEN)
    asset = getattr(ground.world, machine) if machine else None
    assert await ground.after(LabelSeen(file.id, asset)) == expected

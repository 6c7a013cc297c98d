"""What people sent, as the messenger hands it out, and a worker who does what was promised."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from core import ports
from core.adapters.memory import Memory
from core.kernel import qr
from core.kernel.links import links
from core.tasks.actions import run_one

ADDRESS = "https://desk.example"


class Messenger:
    """Hands out the same bytes for every file."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def download(self, bot: str, key: str) -> bytes:
        return self.data


def sends(data: bytes) -> None:
    """Whatever is sent from now on has these bytes."""
    ports.use(storage=Memory(), telegram=Messenger(data))


def photo_of(text: str | None) -> bytes:
    """A photo, with a code on a label somewhere in it."""
    photo = Image.new("RGB", (900, 700), (90, 110, 130))
    if text is not None:
        photo.paste(Image.open(io.BytesIO(qr.png(text, module=5))), (310, 220))
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=80)
    return out.getvalue()


async def work_off() -> None:
    while await run_one():
        pass


@contextmanager
def public_address() -> Iterator[None]:
    links.public = ADDRESS
    try:
        yield
    finally:
        links.public = None

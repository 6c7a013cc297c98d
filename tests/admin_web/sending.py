"""Forms as the page's script sends them, and what the answer tells it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.admin_web.visitor import Visitor

NASTY = {
    "html": "<b onclick=alert(1)>Жирный</b>",
    "long": "Ж" * 5000,
    "emoji": "Кафе 🙂🧊👩‍🔧",
    "rtl": "مقهى \u202eэфак",
    "controls": "a\x00b\x07\r\nc",
    "quotes": "'); DROP TABLE x; --\"{}{{7*7}}{0}%s",
    "spaces": "   ",
}


@dataclass
class Answer:
    """`where` the browser goes next (None: it stays); `said` and `field`: the refusal and where it is shown."""

    status: int
    where: str | None
    said: str
    field: str
    text: str

    @property
    def done(self) -> bool:
        return self.status == 204 and self.where is not None


async def send(visitor: Visitor, path: str, data: Any = None) -> Answer:
    headers = {"HX-Request": "true", "X-CSRF": visitor.csrf}
    async with visitor.client.post(path, data=data or {}, headers=headers, allow_redirects=False) as answer:
        head = answer.headers
        return Answer(
            answer.status,
            head.get("HX-Redirect"),
            unquote(head.get("X-Naryad-Note", "")),
            unquote(head.get("X-Naryad-Field", "")),
            await answer.text(),
        )


def number_in(where: str | None) -> int:
    """The id at the end of an address."""
    assert where is not None
    return int(where.rsplit("/", 1)[1])

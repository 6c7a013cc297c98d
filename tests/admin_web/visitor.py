"""Somebody at the admin page: a browser's cookies and forms without a browser."""

from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from admin_web.door import COOKIE, csrf_of
from core.kernel.work import work
from core.people import actions as people

Client = TestClient[Any, Any]


@dataclass
class Visitor:
    """A client, signed in or not. Answers are read at once: (status, text)."""

    client: Client
    session: str = ""

    @property
    def csrf(self) -> str:
        return csrf_of(self.session)

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.client.get(path, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def json(self, path: str) -> Any:
        async with self.client.get(path, allow_redirects=False) as answer:
            assert answer.status == 200, path
            return await answer.json()

    async def answer(self, path: str) -> ClientResponse:
        """The answer's head."""
        async with self.client.get(path, allow_redirects=False) as answer:
            return answer

    async def post(self, path: str, data: Any = None, csrf: str | None = None, **headers: str) -> tuple[int, str]:
        """As htmx sends it: the token in a header."""
        sent = {"HX-Request": "true", "X-CSRF": self.csrf if csrf is None else csrf, **headers}
        async with self.client.post(path, data=data or {}, headers=sent, allow_redirects=False) as answer:
            return answer.status, await answer.text()


async def sign_in(client: Client, member_id: int) -> Visitor:
    """By a one-time link, as a person does."""
    async with work():
        token = await people.open_web_login(member_id)
    async with client.post(f"/admin/login/{token}", allow_redirects=False) as answer:
        assert answer.status == 303
        return Visitor(client, answer.cookies[COOKIE].value)

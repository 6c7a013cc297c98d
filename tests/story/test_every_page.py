"""Every page of the running demo's desk opens: each link that a dispatcher can see is followed."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.story.town import Town

LINK = re.compile(r'(?:href|hx-get)="(/admin[^"#]*)')
LIMIT = 400
LEAST = 60


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[aiohttp.ClientSession]:
    """Signed in by the demo's one-time link."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.get(f"{town.page}/desk/admin", allow_redirects=False) as answer:
            link = answer.headers["Location"]
        async with http.post(link, headers={"Origin": town.desk}) as answer:
            assert answer.status == 200, await answer.text()
        yield http


async def test_each_link_leads_somewhere(town: Town, browser: aiohttp.ClientSession) -> None:
    waiting, seen, wrong = ["/admin/"], {"/admin/"}, []
    opened = 0
    while waiting and opened < LIMIT:
        path = waiting.pop(0)
        opened += 1
        async with browser.get(f"{town.desk}{path}") as answer:
            if answer.status != 200:
                wrong.append((answer.status, path))
            text = await answer.text() if answer.content_type == "text/html" else ""
        for found in LINK.findall(text):
            plain = found.replace("&amp;", "&")
            if plain not in seen:
                seen.add(plain)
                waiting.append(plain)
    assert wrong == []
    assert opened >= LEAST
    rooms = {path.split("/")[2] for path in seen if path.count("/") > 2}
    assert {"orders", "customers", "assets", "people"} <= rooms

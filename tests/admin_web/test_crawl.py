"""Every page and every kind of file that can be reached from the first page opens, on a desk as full as the demo's."""

import re
from html import unescape

from core.people.queries import members
from naryad.demo.seed import seed
from tests.admin_web.conftest import NewClient
from tests.admin_web.visitor import sign_in

LINK = re.compile(r'(?:href|hx-get)="(/admin[^"#]*)')
FILE = re.compile(r"\.(xlsx|pdf|csv|ics)\b|/files/")


def kind(path: str) -> str:
    """The address without its numbers, days and words asked for: one of each kind is looked at."""
    place, _, query = path.partition("?")
    names = ",".join(sorted(part.partition("=")[0] for part in query.split("&"))) if query else ""
    return re.sub(r"\d[\d-]*", "N", place) + names


async def test_no_link_leads_nowhere(desk: str, new_client: NewClient) -> None:
    await seed()
    chief = (await members("admin"))[0]
    visitor = await sign_in(await new_client(), chief.id)
    todo, seen, told = ["/admin/"], {"/admin/"}, {}
    while todo:
        path = todo.pop(0)
        if FILE.search(path):
            told[path] = (await visitor.answer(path)).status
            continue
        told[path], text = await visitor.get(path)
        for found in map(unescape, LINK.findall(text)):
            if kind(found) not in seen:
                seen.add(kind(found))
                todo.append(found)
    assert {path: status for path, status in told.items() if status not in (200, 303)} == {}
    assert len(told) > 60
    assert {"orders", "customers", "assets", "people"} <= {path.split("/")[2] for path in told}
    assert any(map(FILE.search, told)), "files are asked for too"

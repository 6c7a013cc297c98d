"""The doors of the web process: webhooks, Mini Apps, login links, upload links, proofs. Forged keys open none."""

import asyncio
import json
import time
from urllib.parse import quote, urlencode

import pytest

from core.kernel.words import words
from naryad.demo.company import BOTS
from simulator.initdata import sign
from tests.story.town import Json, Town

TOKENS = {bot: token for bot, (token, *_) in BOTS.items()}
PYOTR = {"id": 7101, "first_name": "Пётр"}


def init_data(user: Json | None = None, bot: str = "technician", at: float | None = None, **more: str) -> str:
    fields = {"auth_date": str(int(time.time() if at is None else at)), "user": json.dumps(user or PYOTR), **more}
    return urlencode({**fields, "hash": sign(fields, TOKENS[bot])}, quote_via=quote)


async def session(town: Town, data: object, bot: str = "technician") -> tuple[int, Json]:
    async with town.http.post(f"{town.desk}/app/{bot}/session", json={"init_data": data}) as answer:
        return answer.status, await answer.json()


async def test_telegrams_own_word_opens_the_mini_app(town: Town) -> None:
    status, body = await session(town, init_data())
    assert status == 200
    assert body["name"] == "Пётр Иванов"


FORGED = {
    "empty": "", "no hash": "auth_date=1&user=%7B%7D", "words": "привет", "not text": 5, "null": None,
    "wrong hash": init_data().rpartition("&hash=")[0] + "&hash=" + "0" * 64,
    "hash that is not ASCII": init_data().rpartition("&hash=")[0] + "&hash=" + quote("ы" * 64),
    "raw letters": init_data() + "&x=ё", "said twice": init_data() + "&user=%7B%22id%22%3A7001%7D",
    "another user": init_data().replace("7101", "7102"), "of another bot": init_data(bot="customer"),
    "very long": "user=" + "a" * 100_000, "broken escapes": init_data() + "&x=%ff%fe%", "no pairs": "&&&===",
    "user is a list": init_data(user=[1]),  # type: ignore[arg-type]
    "user without id": init_data(user={"first_name": "x"}), "user is deep": init_data(user={"id": [[[]]]}),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
async def test_forged_launch_data_is_refused(town: Town, what: str) -> None:
    status, body = await session(town, FORGED[what])
    assert status == 401, body
    assert body["code"] == "app.bad_init_data"
    assert body["message"]


async def test_old_launch_data_is_refused_and_so_is_tomorrows(town: Town) -> None:
    for at in (time.time() - 3600, time.time() + 3600, 0, 10**15):
        status, body = await session(town, init_data(at=at))
        assert status == 401, (at, body)


async def test_a_stranger_is_told_so(town: Town) -> None:
    status, body = await session(town, init_data(user={"id": 999, "first_name": "Кто-то"}))
    assert (status, body["code"]) == (403, "people.stranger")


@pytest.mark.parametrize("body", [b"", b"[", b"[1]", b'"x"', b"null", b"[" * 50_000, "ж".encode("cp1251")])
async def test_a_body_that_is_no_object_is_refused(town: Town, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    async with town.http.post(f"{town.desk}/app/technician/session", data=body, headers=headers) as answer:
        assert answer.status in (400, 401, 409)
        assert (await answer.json())["message"]


async def test_a_forged_bearer_opens_nothing(town: Town) -> None:
    _, opened = await session(town, init_data())
    token = opened["token"]
    bot, user, expires, mac = token.split(".")
    forged = [
        "", "x", "...", f"{bot}.7102.{expires}.{mac}", f"{bot}.{user}.{int(expires) + 1}.{mac}", token[:-1],
        f"customer.{user}.{expires}.{mac}", "technician.1.x.y", f"{bot}.{user}.1.{mac}",
    ]  # fmt: skip
    for one in forged:
        headers = {"Authorization": f"Bearer {one}"}
        async with town.http.get(f"{town.desk}/app/technician/api/sign/1", headers=headers) as answer:
            assert answer.status == 401, one
    async with town.http.get(f"{town.desk}/app/customer/api/sign/1", headers={"Authorization": f"Bearer {token}"}) as a:
        assert a.status == 401, "a token of one bot is none of another"


async def test_nobody_signs_what_is_not_theirs(town: Town) -> None:
    """Acts of others, of the past month, and acts that do not exist, answer alike."""
    _, opened = await session(town, init_data(user={"id": 7106, "first_name": "Марат"}))
    headers = {"Authorization": f"Bearer {opened['token']}"}
    sql = """SELECT d.id FROM documents_documents d JOIN orders_jobs j ON j.order_id = d.order_id
             JOIN people_members m ON m.id = j.assignee_id WHERE m.name <> 'Марат Гареев' LIMIT 1"""
    other = await town.rows.fetchval(sql)
    body = {"name": "Я", "post": "", "image": "data:image/png;base64,AAAA", "key": "k"}
    for number in (other, 10**9, 10**12 - 1):
        async with town.http.post(
            f"{town.desk}/app/technician/api/sign/{number}", json=body, headers=headers
        ) as answer:
            assert answer.status == 404, await answer.text()


@pytest.mark.parametrize("secret", [None, "", "x", "0" * 64, "ы"])
async def test_a_forged_webhook_is_not_taken(town: Town, secret: str | None) -> None:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    before = await town.rows.fetchval("SELECT count(*) FROM inbox_deliveries")
    for path, status in (("/tg/dispatcher", 401), ("/tg/nobody", 404)):
        async with town.http.post(f"{town.desk}{path}", json={"update_id": 1}, headers=headers) as answer:
            assert answer.status == status
    assert await town.rows.fetchval("SELECT count(*) FROM inbox_deliveries") == before


async def test_a_login_link_opens_once(town: Town) -> None:
    async with town.http.get(f"{town.page}/desk/admin", allow_redirects=False) as answer:
        link = answer.headers["Location"]
    forged = f"{town.desk}/admin/login/{'x' * 43}"
    statuses = []
    for address in (forged, link, link):
        async with town.http.get(address) as page:
            assert page.status == 200, "looking (a preview of the messenger, say) spends nothing"
        async with town.http.post(address, allow_redirects=False, headers={"Origin": town.desk}) as answer:
            statuses.append((answer.status, "Set-Cookie" in answer.headers))
            said = await answer.text()
    assert statuses == [(409, False), (303, True), (409, False)]
    assert words("bot", "ru").text("error.people.bad_login") in said


async def test_two_who_open_one_login_link_at_once(town: Town) -> None:
    async with town.http.get(f"{town.page}/desk/admin", allow_redirects=False) as answer:
        link = answer.headers["Location"]

    async def enter() -> bool:
        async with town.http.post(link, allow_redirects=False, headers={"Origin": town.desk}) as answer:
            return "Set-Cookie" in answer.headers

    assert sum(await asyncio.gather(*(enter() for _ in range(8)))) == 1


@pytest.mark.parametrize("path", ["upload", "act", "admin/login", "doc"])
@pytest.mark.parametrize("token", ["x", "a" * 500, "%00", "..%2f..%2fetc%2fpasswd", "%D1%8B", "1.2.3"])
async def test_forged_links_say_what_to_do(town: Town, path: str, token: str) -> None:
    async with town.http.get(f"{town.desk}/{path}/{token}") as answer:
        assert answer.status < 500
        assert len(await answer.text()) > 3

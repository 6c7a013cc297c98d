"""Who gets in: every route of every page, by every kind of visitor."""

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from admin_web.door import policy
from admin_web.page import ROUTES, Route, load_pages
from core.people.rules import DEFAULT_ROLES
from tests.admin_web.conftest import NewClient
from tests.admin_web.visitor import Visitor

load_pages()
GUARDED = [route for route in ROUTES if not route.public]
CHANGES = [route for route in GUARDED if route.method != "GET"]
TECHNICIAN = DEFAULT_ROLES["technician"][1]


def address(route: Route) -> str:
    """The route's path with something in place of its parameters."""

    def filled(found: re.Match[str]) -> str:
        pattern = found[1].partition(":")[2] or ".+"
        return next(one for one in ("1", "a", pattern.split("|")[0]) if re.fullmatch(pattern, one))

    return re.sub(r"\{([^{}]*)\}", filled, route.path)


def names(routes: list[Route]) -> list[str]:
    return [f"{route.method} {route.path}" for route in routes]


async def test_no_session_leads_to_the_sign_in(stranger: Visitor) -> None:
    for route in GUARDED:
        async with stranger.client.request(route.method, address(route), allow_redirects=False) as answer:
            assert (answer.status, answer.headers.get("Location")) == (303, "/admin/login"), route.path


async def test_htmx_without_a_session_is_sent_to_the_sign_in(stranger: Visitor) -> None:
    headers = {"HX-Request": "true"}
    async with stranger.client.get("/admin/", headers=headers, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["HX-Redirect"]) == (204, "/admin/login")


async def test_a_forged_session_is_none(stranger: Visitor) -> None:
    async with stranger.client.get(
        "/admin/", headers={"Cookie": "naryad_session=forged"}, allow_redirects=False
    ) as answer:
        assert answer.status == 303


async def test_a_technician_is_refused_what_the_role_lacks(technician: Visitor) -> None:
    refused = [route for route in GUARDED if route.permission and route.permission not in TECHNICIAN]
    assert len(refused) > 10
    for route in refused:
        headers = {"X-CSRF": technician.csrf}
        async with technician.client.request(
            route.method, address(route), headers=headers, allow_redirects=False
        ) as answer:
            assert answer.status == 403, route.path


async def test_a_technician_changes_no_order(technician: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    assert (await technician.post(f"/admin/orders/{order_id}/messages", {"text": "чужое"}))[0] == 404


@pytest.mark.parametrize("token", ["", "forged", "x" * 22, "я"])
async def test_a_forged_token_changes_nothing(dispatcher: Visitor, token: str) -> None:
    assert CHANGES
    for route in CHANGES:
        status, _ = await dispatcher.post(address(route), {"csrf": token}, csrf=token if token.isascii() else "x")
        assert status == 403, route.path


async def test_the_token_of_another_session_changes_nothing(dispatcher: Visitor, technician: Visitor) -> None:
    for route in CHANGES:
        status, _ = await dispatcher.post(address(route), csrf=technician.csrf)
        assert status == 403, route.path


async def test_another_site_changes_nothing(dispatcher: Visitor) -> None:
    for route in CHANGES:
        status, _ = await dispatcher.post(address(route), Origin="https://evil.example")
        assert status == 403, route.path


async def test_every_page_carries_a_strict_policy(dispatcher: Visitor) -> None:
    for route in (route for route in GUARDED if route.method == "GET"):
        policy = (await dispatcher.answer(address(route))).headers["Content-Security-Policy"]
        assert "unsafe" not in policy, route.path
        assert "frame-ancestors 'none'" in policy, route.path


async def test_pages_carry_no_inline_scripts_or_styles(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    for path in ("/admin/", "/admin/orders", "/admin/orders/new", "/admin/map", f"/admin/orders/{order_id}"):
        _, text = await dispatcher.get(path)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text), path


async def test_what_is_nowhere_is_said_in_words(dispatcher: Visitor, new_client: NewClient) -> None:
    for nowhere in ("/admin/nowhere", "/admin/orders/1e9", "/admin/orders/999999", "/admin/x/y"):
        status, html = await dispatcher.get(nowhere)
        assert status == 404
        assert 'href="/admin/"' in html, nowhere
    assert "Такой страницы нет" in (await dispatcher.get("/admin/nowhere"))[1]
    stranger = await new_client()
    for path, leads in (("/admin", "/admin/"), ("/admin/nowhere", "/admin/login")):
        async with stranger.get(path, allow_redirects=False) as answer:
            assert answer.headers["Location"] == leads


@pytest.mark.parametrize(
    ("language", "told"), [("en-GB,en", "Something broke on our side"), ("", "У нас что-то сломалось")]
)
async def test_a_mistake_of_ours_is_told_in_words(language: str, told: str) -> None:
    async def broken(_: web.Request) -> web.Response:
        raise ZeroDivisionError("not for strangers")

    app = web.Application(middlewares=[policy])
    app.router.add_get("/", broken)
    async with (
        TestClient(TestServer(app, host="127.0.0.1")) as client,
        client.get("/", headers={"Accept-Language": language}) as answer,
    ):
        text = await answer.text()
    assert (answer.status, told in text, "strangers" in text) == (500, True, False)

"""Nothing that others give us leads into our own network: not by a number, a name, a redirect or a change of mind."""

import ipaddress
import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.addresses import check_url, inside
from core.kernel.errors import Outage, Refusal
from core.ports import MOST_ANSWER, WebCall
from core.sources.polls.page import same_server
from tests.hooks.conftest import Resolver
from webhooks.fetch import web as outside

INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1", "192.88.99.1", "224.0.0.1", "255.255.255.255",
    "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1", "100::1", "3fff::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "93.184.216.34", "2a00:1450:4001:812::200e", "64:ff9b::808:808", "2002:808:808::", "::ffff:8.8.8.8",
]  # fmt: skip
BAD_URLS = [
    "", "x", "ftp://a.com/", "file:///etc/passwd", "//a.com", "https://", "https://a b.com/", "https://u:p@a.com/",
    "https://a.com@127.0.0.1/", "https://a.com\\@b.com/", "https://[::1", "https://a.com:99999/", "https://a.com:0/",
    "https://exa\tmple.com/", "https://кто.рф/", "https://[fe80::1%25eth0]/", "gopher://a.com", "https://2130706433/",
    "https://0x7f.1/", "https://127.1/", "https://017700000001/", "https://127.0.0.1.5/", "https://0x7f000001/",
    "https://a.com/" + "a" * 600,
]  # fmt: skip


def test_what_is_inside() -> None:
    assert [one for one in INSIDE if not inside(ipaddress.ip_address(one))] == []
    assert [one for one in PUBLIC if inside(ipaddress.ip_address(one))] == []


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_changes_nothing(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for wrapped in ((0xFFFF << 32) + number, (0x64FF9B << 96) + number, (0x2002 << 112) + (number << 80)):
        assert inside(ipaddress.IPv6Address(wrapped)) == inside(address)


def test_urls_are_checked_before_anything_else() -> None:
    for url in BAD_URLS:
        with pytest.raises(Refusal) as refused:
            check_url(url)
        assert refused.value.code == "addresses.bad_url", url
    for url in (
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://a.localhost./",
        "https://x.internal",
    ):
        with pytest.raises(Refusal) as refused:
            check_url(url)
        assert refused.value.code == "addresses.inside", url
    with pytest.raises(Refusal) as refused:
        check_url("http://example.com/")
    assert refused.value.code == "addresses.not_https"
    assert check_url("https://example.com:8443/a?b=c").host == "example.com"
    assert check_url("http://CRM.corp:8080/", ["crm.corp"]).trusted


@given(st.text())
def test_whatever_a_url_is_it_is_refused_or_plain(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}@10.0.0.1/", f"https://example.com/{text}"):
        try:
            found = check_url(url)
        except Refusal:
            continue
        assert url.isascii()
        assert "@" not in re.split("[/?#]", url)[2]
        assert found.host


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """What must not be reached, but for trusted names."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/away":
            return web.Response(status=302, headers={"Location": "http://other.test/"})
        if request.path == "/long":
            return web.Response(body=b"a" * (MOST_ANSWER * 3))
        if request.path == "/bomb":
            return web.Response(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
        return web.Response(text="secret")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    yield server
    await server.close()


async def reason(resolver: Resolver, url: str, trusted: tuple[str, ...] = ()) -> str:
    async with outside(trusted, resolver) as power:
        with pytest.raises(Outage) as outage:
            await power.call(WebCall("GET", url, {}))
    return outage.value.reason


async def test_a_name_that_leads_inside_is_not_called(server: TestServer) -> None:
    for addresses in (
        ["127.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["169.254.169.254"],
        ["fe80::1%lo"],
    ):
        resolver = Resolver({"evil.test": [addresses]})
        assert await reason(resolver, f"https://evil.test:{server.port}/") == "inside", addresses
    assert await reason(Resolver({}), "https://nowhere.test/") == "dns"
    assert await reason(Resolver({}), "https://127.0.0.1/") == "inside"


async def test_a_name_is_asked_once_and_its_answer_is_where_we_go(server: TestServer) -> None:
    """The second answer would lead inside: it is never asked for."""
    resolver = Resolver({"turn.test": [["93.184.216.34"], ["127.0.0.1"]]})
    called: list[tuple[str, int]] = []
    async with outside((), resolver) as power:
        connector = power._session.connector
        assert connector is not None

        async def connect(*args: object, addr_infos: list[tuple[object, ...]], **options: object) -> None:
            called.extend(info[4] for info in addr_infos)  # type: ignore[misc]
            raise ConnectionRefusedError

        connector._wrap_create_connection = connect  # type: ignore[attr-defined,method-assign]
        with pytest.raises(Outage) as outage:
            await power.call(WebCall("GET", "https://turn.test/", {}))
    assert outage.value.reason in ("refused", "broken")
    assert {host for host, *_ in called} == {"93.184.216.34"}
    assert resolver.asked == ["turn.test"]


async def test_a_trusted_host_may_stand_inside_and_others_still_not(server: TestServer) -> None:
    resolver = Resolver({"crm.corp": [["127.0.0.1"]], "other.test": [["127.0.0.1"]]})
    async with outside(["crm.corp"], resolver) as power:
        base = f"http://crm.corp:{server.port}"
        answer = await power.call(WebCall("POST", f"{base}/", {"X": "1"}, b"hi"))
        assert (answer.status, answer.body) == (200, b"secret")
        away = await power.call(WebCall("GET", f"{base}/away", {}))
        assert (away.status, away.headers["location"]) == (302, "http://other.test/")
        assert "other.test" not in resolver.asked
        assert len((await power.call(WebCall("GET", f"{base}/long", {}))).body) == MOST_ANSWER
        assert (await power.call(WebCall("GET", f"{base}/bomb", {}))).body == b"\x1f\x8b"
        signed = f"{base}/upload/{'eyJ' * 1000}"
        assert (await power.call(WebCall("GET", signed, {}))).status == 200, "an address that a system answered with"
        assert same_server(f"{base}/list", signed)
        with pytest.raises(Outage) as outage:
            await power.call(WebCall("GET", f"http://other.test:{server.port}/", {}))
        assert (outage.value.reason, outage.value.permanent) == ("not_https", True)
        with pytest.raises(Outage) as outage:
            await power.call(WebCall("GET", "http://crm.corp:1/", {}))
        assert outage.value.reason == "refused"
        with pytest.raises(Outage) as outage:
            await power.call(WebCall("GET", f"https://crm.corp:{server.port}/", {}))
        assert outage.value.reason == "tls"

"""Which of the desk's addresses Telegram takes, and for what."""

import pytest

from core.kernel.links import Links, fits_button, listens_at

ADDRESSES = [
    ("https://desk.example", True, True),
    ("https://desk.example:8443/naryad", True, True),
    ("http://desk.lan", True, False),
    ("http://192.168.1.5:8080", True, False),
    ("https://desk", False, False),
    ("http://desk", False, False),
    ("http://localhost:8080", False, False),
    ("https://localhost", False, False),
    ("http://127.0.0.1:8080", False, False),
    ("http://[::1]:8080", False, False),
    ("https://[2a00:1450::1]", True, True),
]


@pytest.mark.parametrize(("public", "button", "app"), ADDRESSES)
def test_what_telegram_takes(public: str, button: bool, app: bool) -> None:
    assert fits_button(f"{public}/admin/todo") is button
    assert Links(public=public).apps == (public if app else None)


@pytest.mark.parametrize("url", ["", "desk.example", "tg://user?id=1", "http://[", "ftp://desk.example"])
def test_what_is_no_address_of_the_web_fits_no_button(url: str) -> None:
    assert not fits_button(url)


def test_the_simulator_opens_addresses_of_its_own_machine() -> None:
    assert Links(public="http://127.0.0.1:8080", boxed=True).apps == "http://127.0.0.1:8080"
    assert Links(public="http://desk.lan", boxed=True).apps is None


@pytest.mark.parametrize(
    ("host", "base", "tunnel"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080", "8080:127.0.0.1:8080"),
        ("localhost", "http://localhost:8080", "8080:localhost:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080", "8080:127.0.0.1:8080"),
        ("::", "http://[::1]:8080", "8080:[::1]:8080"),
        ("192.168.1.5", "http://192.168.1.5:8080", None),
    ],
)
def test_where_the_page_opens_without_a_public_address(host: str, base: str, tunnel: str | None) -> None:
    links = Links(own=listens_at(host, 8080))
    assert links.own_page("/admin") == f"{base}/admin"
    assert links.tunnel == tunnel

import pytest

from tests.webhooks.deliveries import CASES, NOW, PROCESS, answer, b64, judged, refused
from webhooks.request import Request

BASE = "https://desk.firma.test/hooks/s1/1c_exchange"
BASIC = ("Authorization", f"Basic {b64(b'1c:pw')}")
COOKIE = ("Cookie", "lang=ru; sessionid=ses-1")
SECRET = {"basic": "1c:pw", "session": "ses-1"}
ORDERS = (CASES / "1c-commerceml" / "orders.xml").read_text().encode("cp1251")
CHALLENGE = ("valid", "respond_challenge", 200)


def step(query, *headers, method="GET", body=b"", secret=SECRET, **known):
    return judged("1c-commerceml", Request(method, f"{BASE}?{query}", headers, body), secret, **known)


def upload(name="orders-1.xml", body=ORDERS, kind="sale", header=COOKIE):
    return step(f"type={kind}&mode=file&filename={name}", header, method="POST", body=body)


def test_credentials_are_changed_for_a_cookie():
    outcome = step("type=sale&mode=checkauth", BASIC)
    assert answer(outcome) == CHALLENGE
    assert outcome.response == ("text/plain", "success\nsessionid\nses-1")
    made = step("type=sale&mode=checkauth", BASIC, secret={"basic": "1c:pw"})
    assert made.response is not None
    cookie = made.response[1].split("\n")[2]
    known, later = {"basic": "1c:pw"}, ("Cookie", f"sessionid={cookie}")
    assert answer(step("type=sale&mode=init", later, secret=known)) == CHALLENGE
    assert answer(step("type=sale&mode=init", later, secret={"basic": "1c:other"})) == refused(401)
    assert answer(step("type=sale&mode=init", later, secret=known, now=NOW + 12 * 3600 + 1)) == refused(401)


def test_wrong_credentials_get_a_failure_in_words():
    outcome = step("type=sale&mode=checkauth", ("Authorization", f"Basic {b64(b'1c:no')}"))
    assert answer(outcome) == refused(401)
    assert outcome.response == ("text/plain", "failure\nwrong credentials")


def test_limits_are_told():
    outcome = step("type=sale&mode=init", COOKIE)
    assert answer(outcome) == CHALLENGE
    assert outcome.response == ("text/plain", "zip=no\nfile_limit=1048576")
    packed = step("type=sale&mode=init", COOKIE, config={"exchange_zip": True})
    assert packed.response == ("text/plain", "zip=yes\nfile_limit=1048576")


def test_orders_are_read_in_the_charset_they_declare():
    outcome = upload()
    assert answer(outcome) == PROCESS
    assert [order["number"] for order in outcome.normalized["orders"]] == ["204", "205"]
    assert outcome.response == ("text/plain", "success")


def test_a_file_may_come_in_pieces():
    assert answer(upload(body=ORDERS[:200])) == PROCESS
    assert answer(upload(body=ORDERS[200:])) == PROCESS


def test_credentials_may_be_repeated_instead_of_the_cookie():
    assert answer(upload(header=BASIC)) == PROCESS


def test_pictures_of_a_catalogue_have_folders():
    assert answer(upload("import_files/ab/1.jpg", b"\xff\xd8", "catalog")) == PROCESS
    assert answer(upload("import_files/ab/1.jpg", b"\xff\xd8", "sale")) == refused(400)


@pytest.mark.parametrize("mode", ["import", "query", "success"])
def test_later_steps_succeed(mode):
    assert answer(step(f"type=sale&mode={mode}&filename=orders-1.xml", COOKIE)) == PROCESS


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "..%5Cx", ".", "..", "", "a%00.xml", "C:x.xml", ".htaccess"]
)
def test_a_name_never_leaves_its_folder(name):
    outcome = upload(name)
    assert answer(outcome) == refused(400)
    assert outcome.response == ("text/plain", "failure\nbad filename")


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("type=sale&mode=init", (), 401),
        ("type=sale&mode=init", (("Cookie", "sessionid=ses-2"),), 401),
        ("type=sale&mode=init", (COOKIE, COOKIE), 400),
        ("type=sale&mode=explode", (COOKIE,), 400),
        ("type=sail&mode=init", (COOKIE,), 400),
        ("type=sale&mode=init&mode=checkauth", (COOKIE,), 400),
        ("type=sale&mode=file&filename=a.xml", (COOKIE,), 405),
        ("type=sale&mode=checkauth", (), 401),
    ],
)
def test_other_steps_fail(query, headers, status):
    assert answer(step(query, *headers)) == refused(status)


@pytest.mark.parametrize(
    "body", [b"", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', b'<?xml version="1.0"?><a></b>']
)
def test_hostile_xml_fails(body):
    assert answer(upload(body=body)) == refused(400)

import base64
import copy
import json

import pytest

from tests.webhooks.deliveries import JSON, NOW, answer, judged, mac, post, refused, shape, written

URL = "https://desk.firma.test/hooks/s1/moysklad/p4th"
SECRET = {"path_token": "p4th", "account_id": "acc-1"}
ORDER = shape("moysklad", "order_created")
ENTITY = "https://api.moysklad.ru/api/remap/1.2/entity/customerorder/0f3a2c11-1111-4222-8333-444455556666"


def hook(body, url=URL + "?requestId=r-1", **more):
    raw = body if isinstance(body, bytes) else written(body)
    return judged("moysklad", post(raw, JSON, url=url), SECRET, **more)


def changed(**event):
    order = copy.deepcopy(ORDER)
    meta = {name: event.pop(name) for name in ("href", "type") if name in event}
    order["events"][0]["meta"].update(meta)
    order["events"][0].update(event)
    return order


def test_an_order_is_named_by_type_and_id():
    outcome = hook(ORDER)
    assert answer(outcome) == ("valid", "process", 204)
    assert outcome.key == "r-1"
    assert outcome.normalized["event"] == "crm.order.created"
    assert outcome.normalized["id"] == "0f3a2c11-1111-4222-8333-444455556666"


def test_a_request_id_counts_once():
    assert answer(hook(ORDER, state={"seen": ["r-1"]})) == ("valid", "ack_duplicate", 204)


@pytest.mark.parametrize(
    "href",
    [
        "http://169.254.169.254/0f3a2c11-1111-4222-8333-444455556666",
        ENTITY.replace("https", "http"),
        ENTITY.replace("api.moysklad.ru", "api.moysklad.ru.evil.test"),
        ENTITY.replace("api.moysklad.ru", "api.moysklad.ru@evil.test"),
        ENTITY.replace("customerorder/", "customerorder/../employee/"),
        ENTITY + "/../x",
        "https://[",
        "",
        None,
    ],
)
def test_an_address_of_theirs_is_never_trusted(href):
    assert answer(hook(changed(href=href))) == refused(400)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (changed(type="employee"), 400),
        (changed(action="EXPLODE"), 400),
        (changed(accountId="acc-2"), 403),
        (changed(accountId=None), 403),
        ({"events": {}}, 400),
        ({"events": [1]}, 400),
        ([], 400),
        (b'{"events":[],"events":[]}', 400),
        (b"[" * 100_000, 400),
        (b"\xff", 400),
    ],
)
def test_what_is_foreign_or_not_the_format_is_refused(body, status):
    assert answer(hook(body)) == refused(status)


def test_the_path_is_the_secret_and_the_request_id_is_one():
    assert answer(hook(ORDER, url=URL[:-1])) == refused(404)
    assert answer(hook(ORDER, url=URL + "?requestId=a&requestId=b")) == refused(400)


VENDOR = "https://desk.firma.test/api/moysklad/vendor/1.0/apps/app-1/acc-1"
CLAIMS = {"iat": NOW - 2, "exp": NOW + 300, "jti": "j-1"}


def segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def token(claims, key="app-key", alg="HS256"):
    signed = f"{segment(json.dumps({'alg': alg, 'typ': 'JWT'}).encode())}.{segment(json.dumps(claims).encode())}"
    return f"{signed}.{segment(mac(key, signed.encode())) if alg != 'none' else ''}"


def vendor(jwt, method="PUT", **more):
    request = post(written({"cause": "Install"}), JSON, ("Authorization", f"Bearer {jwt}"), url=VENDOR, method=method)
    return judged("moysklad", request, {"secretKey": "app-key"}, **more)


@pytest.mark.parametrize(("method", "event"), [("PUT", "app.installed"), ("DELETE", "app.uninstalled")])
def test_an_application_is_installed_by_a_signed_call(method, event):
    outcome = vendor(token(CLAIMS), method)
    assert answer(outcome) == ("valid", "process", 200)
    assert (outcome.normalized["event"], outcome.normalized["account"], outcome.key) == (event, "acc-1", "j-1")


@pytest.mark.parametrize(
    "jwt",
    [
        token(CLAIMS, key="other"),
        token(CLAIMS, alg="none"),
        token(CLAIMS, alg="HS512"),
        token(CLAIMS | {"exp": NOW}),
        token(CLAIMS | {"iat": NOW + 900}),
        token(CLAIMS | {"jti": ""}),
        token({"jti": "j-1"}),
        token(CLAIMS) + "x",
        "a.b",
        "",
    ],
)
def test_an_unproved_call_is_refused(jwt):
    assert answer(vendor(jwt)) == refused(401)


def test_a_token_is_good_once():
    assert answer(vendor(token(CLAIMS), state={"seen_jti": ["j-1"]})) == refused(401)

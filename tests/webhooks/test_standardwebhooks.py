import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.webhooks.deliveries import (
    DUPLICATE,
    JSON,
    NOW,
    PROCESS,
    answer,
    b64,
    judged,
    mac,
    post,
    refused,
    shape,
    written,
)
from webhooks.vendors import standardwebhooks
from webhooks.verdict import Source

RAW = bytes(range(100, 132))
SECRET = {"whsec": f"whsec_{b64(RAW)}"}
BODY = written(shape("standardwebhooks", "order_created"))
PAIR = Ed25519PrivateKey.from_private_bytes(RAW)
PUBLIC = {"whpk": f"whpk_{b64(PAIR.public_key().public_bytes_raw())}"}


def v1(delivery: str = "msg_1", at: int | str = NOW, body: bytes = BODY, key: bytes = RAW) -> str:
    return "v1," + b64(mac(key, f"{delivery}.{at}.".encode() + body))


def v1a(delivery: str = "msg_1", at: int = NOW, body: bytes = BODY) -> str:
    return "v1a," + b64(PAIR.sign(f"{delivery}.{at}.".encode() + body))


def headers(signature: str, delivery: str = "msg_1", at: int | str = NOW) -> list[tuple[str, str]]:
    return [JSON, ("webhook-id", delivery), ("webhook-timestamp", str(at)), ("Webhook-Signature", signature)]


def deliver(signature: str, delivery: str = "msg_1", at: int | str = NOW, body: bytes = BODY):
    return post(body, *headers(signature, delivery, at))


def test_a_delivery():
    outcome = judged("standardwebhooks", deliver(v1()), SECRET)
    assert answer(outcome) == PROCESS
    assert outcome.normalized["event"] == "order.created"
    assert outcome.key == "msg_1"


def test_the_specifications_own_example():
    request = deliver(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    secret = {"whsec": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    assert answer(judged("standardwebhooks", request, secret, now=1614265330)) == PROCESS


@pytest.mark.parametrize(
    "secret",
    [
        {"whsec": b64(RAW)},
        {"whsec": [f"whsec_{b64(b'old' * 8)}", f"whsec_{b64(RAW)}"]},
        {"whsec": f"whsec_{b64(b'new' * 8)}", "whsec_old": f"whsec_{b64(RAW)}"},
    ],
    ids=["without the prefix", "a list", "the one before"],
)
def test_secrets_rotate(secret):
    assert answer(judged("standardwebhooks", deliver(v1()), secret)) == PROCESS


@pytest.mark.parametrize("listed", ["v1,AAAA " + v1(), v1() + " v2,x", "v1a,AAAA  " + v1(), "v1 " + v1()])
def test_one_right_signature_is_enough(listed):
    assert answer(judged("standardwebhooks", deliver(listed), SECRET)) == PROCESS


def test_a_public_key_accepts_v1a():
    assert answer(judged("standardwebhooks", deliver(v1a()), PUBLIC)) == PROCESS
    assert answer(judged("standardwebhooks", deliver(v1a(body=b"{}")), PUBLIC)) == refused(401)
    assert answer(judged("standardwebhooks", deliver(v1a()), SECRET)) == refused(401)


def test_a_public_key_is_no_shared_secret():
    forged = v1(key=PAIR.public_key().public_bytes_raw())
    assert answer(judged("standardwebhooks", deliver(forged), PUBLIC)) == refused(401)


@pytest.mark.parametrize(
    "signature",
    ["v1,", "v1,!!!!", "v1,ЯЯЯЯ", v1().replace("v1,", "v2,"), v1().replace("v1,", ""), v1(key=b"x"), v1("msg_2"), "v1"],
)
def test_a_wrong_signature_is_refused(signature):
    assert answer(judged("standardwebhooks", deliver(signature), SECRET)) == refused(401)


@pytest.mark.parametrize("body", [BODY + b"\n", BODY.replace(b"B-1", b"B-2"), b""])
def test_a_changed_body_is_refused(body):
    assert answer(judged("standardwebhooks", deliver(v1(), body=body), SECRET)) == refused(401)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW - 300, PROCESS),
        (NOW - 301, refused(401)),
        (NOW + 300, PROCESS),
        (NOW + 301, refused(401)),
        (f"{NOW}.0", refused(401)),
        (f"0{NOW}", refused(401)),
        (f"+{NOW}", refused(401)),
        ("soon", refused(401)),
        ("٣" * 10, refused(401)),
    ],
)
def test_five_minutes_both_ways(at, expected):
    assert answer(judged("standardwebhooks", deliver(v1(at=at), at=at), SECRET)) == expected


@pytest.mark.parametrize("delivery", ["a.1", "a b", "a\n", "ж", "x" * 257])
def test_an_id_that_could_be_read_two_ways_is_refused(delivery):
    assert answer(judged("standardwebhooks", deliver(v1(delivery), delivery), SECRET)) == refused(400)


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_every_header_is_needed_once(missing):
    listed = headers(v1())
    assert answer(judged("standardwebhooks", post(BODY, *listed[:missing], *listed[missing + 1 :]), SECRET)) == refused(
        401
    )
    assert answer(judged("standardwebhooks", post(BODY, *listed, listed[missing]), SECRET)) == refused(400)


@pytest.mark.parametrize("secret", [{}, {"whsec": ""}, {"whsec": "whsec_"}, {"whsec": "whsec_!!"}, {"whsec": None}])
def test_without_a_secret_nothing_is_believed(secret):
    assert answer(judged("standardwebhooks", deliver(v1(key=b"")), secret)) == refused(503)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"a":1,"a":1}', b'{"a":' * 9999, b'{"a":NaN}'])
def test_signed_nonsense_is_refused(body):
    assert answer(judged("standardwebhooks", deliver(v1(body=body), body=body), SECRET)) == refused(400)


def test_a_body_has_its_limit_and_no_encoding():
    big = b'{"a":"' + b"x" * (1 << 20) + b'"}'
    assert answer(judged("standardwebhooks", deliver(v1(body=big), body=big), SECRET)) == refused(413)
    packed = post(BODY, *headers(v1()), ("Content-Encoding", "gzip"))
    assert answer(judged("standardwebhooks", packed, SECRET)) == refused(415)


def test_a_repeat_is_known_by_its_id():
    assert answer(judged("standardwebhooks", deliver(v1()), SECRET, state={"seen": ["msg_1"]})) == DUPLICATE


def test_what_we_report_is_signed():
    payload = {"type": "ticket.closed", "data": {"id": "77"}}
    ours = standardwebhooks.signed_request("https://crm.client.test/in", "msg_2", payload, Source(NOW, SECRET))
    assert ours.header("webhook-signature") == v1("msg_2", body=ours.body)
    assert answer(judged("standardwebhooks", ours, SECRET)) == ("valid", "send", None)
    assert answer(judged("standardwebhooks", ours, {"whsec": b64(b"another secret of ours")})) == refused(None)


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.client.test/in",
        "https://127.0.0.1/in",
        "https://10.1.2.3/in",
        "https://[::1]/in",
        "https://localhost/",
    ],
)
def test_we_report_to_public_https_addresses_only(url):
    ours = standardwebhooks.signed_request(url, "msg_2", {}, Source(NOW, SECRET))
    assert answer(judged("standardwebhooks", ours, SECRET)) == refused(None)

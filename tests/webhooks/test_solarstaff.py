import hashlib

import pytest

from tests.webhooks.deliveries import FORM, JSON, PROCESS, answer, judged, post, refused, shape, urlencoded, written

PAYOUT = shape("solarstaff", "payout")
URL = "https://api.solar-staff.com/v1/payment"


def signed(fields, salt="salt-1"):
    text = "".join(f"{name}:{value};" for name, value in sorted(fields.items())) + salt
    return fields | {"signature": hashlib.sha1(text.encode()).hexdigest()}


def outgoing(fields, header=JSON, **more):
    body = written(fields) if header == JSON else urlencoded(fields)
    return judged("solarstaff", post(body, header, url=URL, kind="outbound_request"), {"salt": "salt-1"}, **more)


@pytest.mark.parametrize("header", [JSON, FORM])
def test_a_payout_is_sent_signed(header):
    outcome = outgoing(signed(PAYOUT), header)
    assert answer(outcome) == ("valid", "send", None)
    assert outcome.normalized["merchant_transaction"] == "desk-204-1"


def test_a_payout_is_sent_once():
    again = outgoing(signed(PAYOUT), state={"seen": ["desk-204-1"]})
    assert answer(again) == ("valid", "ack_duplicate", None)


@pytest.mark.parametrize(
    "fields",
    [
        PAYOUT,
        signed(PAYOUT) | {"amount": "9400.50"},
        signed(PAYOUT, "salt-2"),
        signed(PAYOUT | {"amount": "8400.505"}),
        signed(PAYOUT | {"amount": "0"}),
        signed(PAYOUT | {"merchant_transaction": ""}),
        signed(PAYOUT) | {"extra": {"a": 1}},
        [1],
    ],
)
def test_a_payout_that_is_not_whole_is_not_sent(fields):
    assert answer(outgoing(fields)) == refused(None)


def test_a_call_back_is_signed_the_same_way():
    said = signed({"merchant_transaction": "desk-204-1", "status": "paid"})
    assert answer(judged("solarstaff", post(written(said), JSON), {"salt": "salt-1"})) == PROCESS
    forged = said | {"status": "failed"}
    assert answer(judged("solarstaff", post(written(forged), JSON), {"salt": "salt-1"})) == refused(401)

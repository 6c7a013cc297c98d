import pytest

from tests.webhooks.deliveries import (
    BASE,
    DUPLICATE,
    FORM,
    JSON,
    PROCESS,
    answer,
    b64,
    judged,
    mac,
    post,
    refused,
    sha256,
    shape,
    urlencoded,
)

SECRET = {"auth_token": "tt"}
URL = f"{BASE}/sms?tenant=t1"


def proof(url: str, fields, key: str = "tt") -> tuple[str, str]:
    covered = url + "".join(name + value for name, value in sorted(set(fields)))
    return ("X-Twilio-Signature", b64(mac(key, covered.encode(), "sha1")))


def delivery(name: str = "sms", *, signed_url: str = URL, key: str = "tt", **changed: str):
    fields = shape("twilio", name)
    return post(urlencoded(fields | changed), FORM, proof(signed_url, fields.items(), key), url=URL)


def test_a_message_with_its_media_and_untrimmed_text():
    outcome = judged("twilio", delivery(), SECRET)
    assert answer(outcome) == PROCESS
    assert outcome.response == ("text/xml", "<Response></Response>")
    assert outcome.normalized["text"] == "Шлагбаум 🔧 "
    assert outcome.normalized["media"] == ["https://api.twilio.com/m/1"]


def test_a_call():
    outcome = judged("twilio", delivery("call"), SECRET)
    assert (answer(outcome), outcome.normalized["event"]) == (PROCESS, "call.started")


@pytest.mark.parametrize("signed", ["https://desk.firma.test:443", "https://desk.firma.test"])
@pytest.mark.parametrize("known", ["https://desk.firma.test:443", "https://desk.firma.test"])
def test_the_port_may_be_written_or_not(signed, known):
    config = {"public_url": known + "/hooks/s1/sms?tenant=t1"}
    request = delivery(signed_url=signed + "/hooks/s1/sms?tenant=t1")
    assert answer(judged("twilio", request, SECRET, config=config)) == PROCESS


def test_the_public_url_counts_not_the_one_behind_the_proxy():
    fields = shape("twilio", "sms")
    request = post(urlencoded(fields), FORM, proof(URL, fields.items()), url="http://10.0.0.5:8000/sms?tenant=t1")
    assert answer(judged("twilio", request, SECRET, config={"public_url": URL})) == PROCESS
    assert answer(judged("twilio", request, SECRET)) == refused(401)


def test_an_empty_query_stays_in_the_url():
    fields = shape("twilio", "sms")
    request = post(urlencoded(fields), FORM, proof(f"{BASE}?", fields.items()), url=f"{BASE}?")
    assert answer(judged("twilio", request, SECRET)) == PROCESS


def test_repeated_values_are_signed_once():
    pairs = [("a", "2"), ("a", "1"), ("a", "2"), ("A", "x")]
    assert answer(judged("twilio", post(urlencoded(pairs), FORM, proof(URL, pairs), url=URL), SECRET)) == PROCESS


@pytest.mark.parametrize(
    "request_",
    [
        delivery(Body="Шлагбаум 🔧"),
        delivery(Extra="1"),
        delivery(key="other"),
        delivery(signed_url=URL + "&x=1"),
        post(urlencoded(shape("twilio", "sms")), FORM, url=URL),
    ],
    ids=["text trimmed", "field added", "another token", "another URL", "no signature"],
)
def test_what_is_not_signed_is_refused(request_):
    assert answer(judged("twilio", request_, SECRET)) == refused(401)


def test_two_signatures_are_refused():
    fields = shape("twilio", "sms")
    right = proof(URL, fields.items())
    assert answer(judged("twilio", post(urlencoded(fields), FORM, right, right, url=URL), SECRET)) == refused(400)


def test_json_is_covered_by_its_hash_in_the_url():
    body = '{"note":"ворота"}'.encode()
    url = f"{BASE}/json?bodySHA256={sha256(body)}"
    assert answer(judged("twilio", post(body, JSON, proof(url, []), url=url), SECRET)) == PROCESS
    assert answer(judged("twilio", post(body + b" ", JSON, proof(url, []), url=url), SECRET)) == refused(401)
    bare = f"{BASE}/json"
    assert answer(judged("twilio", post(body, JSON, proof(bare, []), url=bare), SECRET)) == refused(401)


def test_a_repeat_is_known_by_its_idempotency_token():
    fields = shape("twilio", "sms")
    request = post(urlencoded(fields), FORM, proof(URL, fields.items()), ("I-Twilio-Idempotency-Token", "i1"), url=URL)
    assert answer(judged("twilio", request, SECRET, state={"seen": ["i1"]})) == DUPLICATE


REPORTS = f"{BASE}?notice=naryad-7"


def report(name: str, *, url: str = REPORTS, signed_url: str = REPORTS, **changed: str):
    fields = shape("twilio", name) | changed
    return post(urlencoded(fields), FORM, proof(signed_url, fields.items()), url=url)


@pytest.mark.parametrize(
    ("name", "code", "why", "lasting"),
    [
        ("undelivered", "30003", "30003 undelivered", False),
        ("undelivered", "30006", "30006 undelivered", True),
        ("undelivered", "21610", "21610 undelivered", True),
        ("no-answer", "", "no-answer", False),
    ],
)
def test_a_report_names_our_notice(name, code, why, lasting):
    outcome = judged("twilio", report(name, ErrorCode=code), SECRET, config={"public_url": f"{BASE}/elsewhere"})
    assert answer(outcome) == PROCESS
    told = {"event": "told.undelivered", "notice": "naryad-7", "why": why, "lasting": lasting}
    assert outcome.normalized == told
    assert answer(judged("twilio", report(name, ErrorCode=code), SECRET, state={"seen": [outcome.key]})) == DUPLICATE


@pytest.mark.parametrize("status", ["delivered", "read"])
def test_what_arrived_is_told_of_its_notice(status):
    outcome = judged("twilio", report("undelivered", MessageStatus=status, SmsStatus=status), SECRET)
    assert outcome.normalized == {"event": "told.delivered", "notice": "naryad-7"}
    assert outcome.key != judged("twilio", report("undelivered"), SECRET).key


@pytest.mark.parametrize("status", ["queued", "sent", ""])
def test_what_is_under_way_is_not_kept(status):
    outcome = judged("twilio", report("undelivered", MessageStatus=status, SmsStatus=status), SECRET)
    assert (outcome.action, outcome.http_status) == ("ack_ignore", 200)


@pytest.mark.parametrize("url", [f"{BASE}?notice=naryad-8", f"{BASE}?notice=naryad-7&notice=naryad-8", BASE])
def test_a_report_on_another_notice_is_forged(url):
    assert answer(judged("twilio", report("undelivered", url=url), SECRET)) == refused(401)

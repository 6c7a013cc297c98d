import hashlib

import pytest

from tests.webhooks.deliveries import DUPLICATE, FORM, IGNORE, PROCESS, answer, judged, post, refused, shape, urlencoded

WORD = "a word of the account"
SECRET = {"secret": WORD}


def digest(name: str, fields: dict[str, str], word: str = WORD) -> str:
    signed = f"{fields['id']}:{fields['phone']}:{fields['status']}:{word}"
    return hashlib.new(name, signed.encode()).hexdigest()


def signed(*names: str, case: str = "expired", word: str = WORD, **changed: str) -> dict[str, str]:
    fields = shape("smsc", case) | changed
    return fields | {name: digest(name, fields, word) for name in names}


def report(fields: dict[str, str]):
    return post(urlencoded(fields), FORM)


@pytest.mark.parametrize("names", [("sha1",), ("md5",), ("sha1", "md5")])
def test_what_expired_names_our_notice(names):
    outcome = judged("smsc", report(signed(*names)), SECRET)
    assert answer(outcome) == PROCESS
    told = {"event": "told.undelivered", "notice": "naryad-7", "phone": "+79261112233", "why": "3 expired"}
    assert outcome.normalized == told | {"lasting": False}
    assert answer(judged("smsc", report(signed(*names)), SECRET, state={"seen": [outcome.key]})) == DUPLICATE


@pytest.mark.parametrize(
    ("status", "lasting"), [("3", False), ("20", False), ("22", True), ("23", False), ("24", False), ("25", False)]
)
def test_what_was_not_delivered(status, lasting):
    outcome = judged("smsc", report(signed("sha1", status=status)), SECRET)
    assert (outcome.normalized["event"], outcome.normalized["lasting"]) == ("told.undelivered", lasting)


@pytest.mark.parametrize("status", ["1", "2", "4"])
def test_what_was_delivered(status):
    outcome = judged("smsc", report(signed("sha1", case="delivered", status=status)), SECRET)
    assert outcome.normalized == {"event": "told.delivered", "notice": "naryad-7", "phone": "+79261112233"}
    expired = judged("smsc", report(signed("sha1")), SECRET)
    assert outcome.key != expired.key


@pytest.mark.parametrize("changed", [{"status": s} for s in ("-3", "-2", "-1", "0", "99", "x")] + [{"id": "0"}])
def test_what_is_under_way_or_no_message_is_not_kept(changed):
    assert answer(judged("smsc", report(signed("sha1", **changed)), SECRET)) == IGNORE


@pytest.mark.parametrize(
    "fields",
    [
        signed(),
        signed() | {"crc32": "12345678"},
        signed("sha1", word="another"),
        signed("sha1", "md5") | {"md5": "0" * 32},
        signed("sha1") | {"status": "1"},
        signed("sha1") | {"phone": "79260000000"},
        signed("sha1") | {"id": "8"},
    ],
    ids=["no digest", "crc32 alone", "another word", "one of two", "status", "phone", "id"],
)
def test_forged(fields):
    assert answer(judged("smsc", report(fields), SECRET)) == refused(401)


@pytest.mark.parametrize("name", ["id", "phone", "status"])
def test_what_is_no_report_is_refused(name):
    assert answer(judged("smsc", report(signed("sha1") | {name: ""}), SECRET)) == refused(400)


def test_what_is_not_signed_says_nothing():
    fields = signed("sha1") | {"err": "1", "cost": "0", "time": "никогда"}
    assert judged("smsc", report(fields), SECRET).normalized["lasting"] is False


def test_without_a_word_nothing_is_believed():
    assert answer(judged("smsc", report(signed("sha1", word="")), {})) == refused(503)

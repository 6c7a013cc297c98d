import pytest

from tests.webhooks.deliveries import (
    FORM,
    JSON,
    MULTIPART,
    NOW,
    PROCESS,
    answer,
    judged,
    mac,
    multipart,
    post,
    refused,
    shape,
    urlencoded,
    written,
)

SECRET = {"webhook_signing_key": "mg"}
TOKEN = "0123456789abcdef0123456789abcdef0123456789abcdef01"


def proof(at: int | str = NOW - 3, token: str = TOKEN, key: str = "mg") -> dict[str, str]:
    return {"timestamp": str(at), "token": token, "signature": mac(key, f"{at}{token}".encode()).hex()}


def letter(changed: dict[str, str] | None = None, **fields: str):
    return post(urlencoded(shape("mailgun", "letter") | proof() | (changed or {}) | fields), FORM)


def event(signature, data=None):
    return post(written({"signature": signature, "event-data": data or shape("mailgun", "failed")}), JSON)


def test_a_letter():
    outcome = judged("mailgun", letter(), SECRET)
    assert answer(outcome) == PROCESS
    assert outcome.normalized == {
        "event": "mail.received",
        "thread_token": "t77.aB3d",
        "from": "anna@client.test",
        "subject": "Re: Заявка №77",
        "message_id": "<a1@client.test>",
        "text": "Завтра после двух.",
        "attachments": 2,
        "is_auto": False,
        "may_autoreply": True,
    }


def test_a_letter_in_multipart_with_a_file():
    fields = [(name, value.encode()) for name, value in (shape("mailgun", "letter") | proof()).items()]
    file = b'--BoUnD\r\nContent-Disposition: form-data; name="f"; filename="\xd1\x84.png"\r\n\r\n\x89PNG\xff\r\n'
    assert answer(judged("mailgun", post(file + multipart(fields), MULTIPART), SECRET)) == PROCESS


@pytest.mark.parametrize("odd", ["," * 20_000, '",' * 20_000, "(" * 20_000, "@:" * 20_000, "<" * 20_000])
def test_a_list_of_recipients_that_is_none_holds_up_nobody(odd):
    assert answer(judged("mailgun", letter(recipient=odd), SECRET)) == PROCESS


def test_a_raw_letter():
    raw = "From: anna@client.test\nAuto-Submitted: auto-replied\nContent-Type: text/plain; charset=utf-8\n\nПривет\n"
    outcome = judged("mailgun", letter({"body-mime": raw}), SECRET)
    assert (outcome.normalized["text"], outcome.normalized["is_auto"]) == ("Привет", True)


def test_a_raw_letter_in_another_charset():
    raw = "From: anna@client.test\nContent-Type: text/plain; charset=windows-1251\n\nПривет\n".encode("cp1251")
    fields = [(name, value.encode()) for name, value in proof().items()] + [("body-mime", raw)]
    for request in (post(urlencoded(fields), FORM), post(multipart(fields), MULTIPART)):
        assert judged("mailgun", request, SECRET).normalized["text"] == "Привет"


def test_a_quotation_in_russian_is_left_out():
    plain = "Завтра.\r\n\r\nпн, 21 сент. 2026 г. в 10:00, Сервис <desk@firma.test>:\r\n> Когда?\r\n"
    assert (
        judged("mailgun", letter({"body-plain": plain, "stripped-text": plain}), SECRET).normalized["text"] == "Завтра."
    )


def test_the_content_is_not_covered():
    assert answer(judged("mailgun", letter(subject="другая"), SECRET)) == PROCESS


def test_of_repeated_fields_the_last_is_mailguns():
    theirs = [("timestamp", "1"), ("token", "x"), ("signature", "y")]
    ours = list((shape("mailgun", "letter") | proof()).items())
    assert answer(judged("mailgun", post(urlencoded(theirs + ours), FORM), SECRET)) == PROCESS
    assert answer(judged("mailgun", post(urlencoded(ours + theirs), FORM), SECRET)) == refused(401)


@pytest.mark.parametrize(
    "changed",
    [
        proof(key="other"),
        proof() | {"token": "0" * 50},
        proof() | {"timestamp": str(NOW)},
        proof() | {"signature": proof()["signature"].upper()},
        proof() | {"signature": ""},
        {"signature": "ж" * 64},
    ],
    ids=["another key", "another token", "another time", "upper case", "empty", "not ASCII"],
)
def test_what_the_key_did_not_sign_is_refused(changed):
    assert answer(judged("mailgun", letter(changed), SECRET)) == refused(401)


@pytest.mark.parametrize(("at", "status"), [(NOW - 8 * 3600, 200), (NOW - 8 * 3600 - 1, 406), (NOW + 301, 401)])
def test_a_letter_may_be_as_old_as_the_vendors_retries(at, status):
    assert judged("mailgun", letter(proof(at)), SECRET).http_status == status


def test_a_token_is_believed_once():
    first = judged("mailgun", letter(), SECRET)
    assert first.key == TOKEN
    assert answer(judged("mailgun", letter(), SECRET, state={"seen_tokens": [TOKEN]})) == refused(406)


def test_a_signed_time_that_is_no_number_is_refused():
    assert answer(judged("mailgun", letter(proof("soon")), SECRET)) == refused(406)


def test_a_failure_of_our_letter():
    outcome = judged("mailgun", event(proof()), SECRET)
    assert answer(outcome) == PROCESS
    assert outcome.normalized["event"] == "mail.failed"
    assert outcome.normalized["permanent"] is True
    assert outcome.normalized["detail"] == "no such user"


@pytest.mark.parametrize("signature", [None, [], "x", {}, proof(key="other"), proof() | {"token": 5}])
def test_an_event_without_its_signature_is_refused(signature):
    assert answer(judged("mailgun", event(signature), SECRET)) == refused(401)


@pytest.mark.parametrize("data", [{}, [], "x", {"message": []}])
def test_an_event_in_an_unknown_shape_is_kept(data):
    outcome = judged("mailgun", event(proof(), data or None), SECRET)
    assert answer(outcome) == PROCESS

"""Raw letters: whose thread, who wrote, may we answer, and what is never opened or answered."""

import pytest

from tests.webhooks.letters import DESK, OURS, PLUS, came, letter, verdict

REPORT = 'multipart/report; report-type={}; boundary="r"'


@pytest.mark.parametrize(
    ("raw", "to", "thread", "by"),
    [
        (letter(), PLUS, "t77", "plus-token"),
        (letter(), PLUS.lower(), "t77", "plus-token"),
        (letter(To=PLUS), DESK, "t77", "plus-token"),
        (letter(In_Reply_To=OURS), PLUS, "t77", "plus-token"),
        (letter(In_Reply_To=OURS), DESK, "t78", "message-id"),
        (letter(References=f"<x@y.test>\r\n {OURS}"), DESK, "t78", "message-id"),
        (letter(In_Reply_To=OURS), "desk+t77.guess@in.firma.test", "t78", "message-id"),
        (letter(In_Reply_To=OURS.replace("t78", "t77")), DESK, None, None),
        (letter(In_Reply_To="<t78.n1@desk.firma.test>"), DESK, None, None),
        (letter(Subject="Re: [t77] Наряд"), DESK, None, None),
    ],
)
def test_a_thread_is_proved_and_never_guessed(raw, to, thread, by):
    outcome = came(raw, to=to)
    assert verdict(outcome) == ("valid", "process")
    assert (outcome.normalized["thread"], outcome.normalized["by"]) == (thread, by)


@pytest.mark.parametrize("to", ["desk+t77.guess@in.firma.test", "desk+t99.Zq9x@in.firma.test"])
def test_a_wrong_token_waits_for_a_person(to):
    outcome = came(letter(), to=to)
    assert verdict(outcome) == ("invalid", "quarantine")
    assert outcome.reason == "wrong reply token"


def test_without_an_envelope_the_headers_tell():
    outcome = came(letter(To=f"Сервис <{PLUS}>"), None)
    assert outcome.normalized["thread"] == "t77"
    assert outcome.normalized["from"] == "anna@klient.test"


@pytest.mark.parametrize(
    ("headers", "sender", "is_auto", "may_autoreply"),
    [
        ({}, "anna@klient.test", False, True),
        ({"Auto_Submitted": "no"}, "anna@klient.test", False, True),
        ({"Auto_Submitted": "auto-replied (vacation)"}, "anna@klient.test", True, False),
        ({"Auto_Submitted": "auto-generated; x=1"}, "anna@klient.test", True, False),
        ({"X_Auto_Response_Suppress": "OOF, AutoReply"}, "anna@klient.test", False, False),
        ({"X_Auto_Response_Suppress": "None"}, "anna@klient.test", False, True),
        ({"X_Autoreply": "yes"}, "anna@klient.test", True, False),
        ({"Precedence": "bulk"}, "anna@klient.test", True, False),
        ({"Precedence": "list"}, "anna@klient.test", False, False),
        ({"Precedence": "auto_reply"}, "anna@klient.test", True, False),
        ({"List_Id": "<news.klient.test>"}, "anna@klient.test", False, False),
        ({"From": "no-reply@klient.test"}, "anna@klient.test", True, False),
        ({"From": "MAILER-DAEMON@klient.test"}, "anna@klient.test", True, False),
        ({}, "", True, False),
    ],
)
def test_machines_are_told_from_people(headers, sender, is_auto, may_autoreply):
    said = came(letter(**headers), sender).normalized
    assert (said["is_auto"], said["may_autoreply"]) == (is_auto, may_autoreply)


def test_a_bounce_is_put_to_its_ticket_and_never_answered():
    body = "--r\r\n\r\nне доставлено\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\n--r--\r\n"
    outcome = came(letter(body, Content_Type=REPORT.format("delivery-status")), "", PLUS)
    assert verdict(outcome) == ("valid", "process")
    said = outcome.normalized
    assert (said["event"], said["thread"], said["may_autoreply"]) == ("mail.bounced", "t77", False)
    assert said["text"] == "не доставлено"


def test_a_read_receipt_is_passed_over():
    raw = letter("--r\r\n\r\nпрочитано\r\n--r--", Content_Type=REPORT.format("disposition-notification"))
    assert verdict(came(raw)) == ("valid", "ack_ignore")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (letter(X_Desk_Loop="s1"), "loop: our own message"),
        (letter(Message_ID=OURS), "loop: our own message"),
        (letter(From=f"Сервис <{DESK}>"), "loop: from our own address"),
        (letter(From=PLUS), "loop: from our own address"),
        (b"Received: by mx.test\r\n" * 31 + letter(), "loop: too many hops"),
    ],
)
def test_our_own_letters_are_dropped(raw, reason):
    outcome = came(raw)
    assert verdict(outcome) == ("invalid", "drop")
    assert outcome.reason == reason


@pytest.mark.parametrize(
    "headers",
    [
        {"From": "anna@klient.test\r\nFrom: boss@klient.test"},
        {"From": "anna@klient.test, boss@klient.test"},
    ],
)
def test_an_ambiguous_sender_waits_for_a_person(headers):
    outcome = came(letter(**headers))
    assert verdict(outcome) == ("valid", "quarantine")
    assert outcome.normalized["from"] == "anna@klient.test"


def test_a_name_that_looks_like_an_address_is_a_name():
    outcome = came(letter(From='"boss@klient.test, Ltd" <anna@klient.test>'))
    assert outcome.normalized["from"] == "anna@klient.test"


def test_a_disowned_sender_waits_for_a_person():
    raw = letter(Authentication_Results="mx.firma.test; spf=pass; dmarc=fail (p=reject)")
    assert verdict(came(raw)) == ("invalid", "quarantine")


def test_a_letter_comes_once():
    assert verdict(came(letter(), seen=["<a1@klient.test>"])) == ("valid", "ack_duplicate")
    nameless = letter(Message_ID=None)
    assert verdict(came(nameless, seen=[came(nameless).key])) == ("valid", "ack_duplicate")


NEST = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"".join(NEST % (n, n) for n in range(40)) + b"\r\nhi", "MIME nesting deeper than the limit"),
        (NEST % (1, 1) * 200 + b"\r\nhi", "MIME nesting deeper than the limit"),
        (b"Content-Type: message/rfc822\r\n\r\n" * 40 + b"hi", "MIME nesting deeper than the limit"),
        (NEST % (1, 1) + b"\r\nhi\r\n--b1\r\n" * 600, "more MIME parts than the limit"),
        (b"X-Long: y\r\n" * 600 + b"\r\nhi", "headers longer than the limit"),
        (b"X-Long: " + b"y" * 300_000 + b"\r\n\r\nhi", "headers longer than the limit"),
    ],
)
def test_a_bomb_is_kept_shut(raw, reason):
    outcome = came(b"From: anna@klient.test\r\n" + raw)
    assert verdict(outcome) == ("invalid", "quarantine")
    assert outcome.reason == reason


def test_a_letter_over_the_limit_is_refused():
    outcome = came(letter("y" * (41 << 20)))
    assert verdict(outcome) == ("invalid", "reject")

import pytest

from tests.webhooks.deliveries import CASES, DUPLICATE, PROCESS, answer, judged, post, refused

URL = "https://desk.firma.test/hooks/s1/salesforce/p4th"
SECRET = {"path_token": "p4th", "organization_id": "00D5e000000HELPEAA"}
XML = ("Content-Type", "text/xml; charset=UTF-8")
CASE = (CASES / "salesforce" / "case.xml").read_bytes()
NOTICE = CASE[CASE.index(b"<Notification>") : CASE.index(b"</Notification>") + len(b"</Notification>")]
SECOND = NOTICE.replace(b"04l5e0000000001AAA", b"04l5e0000000002AAA")


def hook(body, url=URL, secret=SECRET, **more):
    return judged("salesforce", post(body, XML, url=url), secret, **more)


def test_a_case_is_acknowledged_in_their_words():
    outcome = hook(CASE)
    assert answer(outcome) == PROCESS
    assert (outcome.normalized["entity"], outcome.normalized["entity_id"]) == ("Case", "5005e0000000001AAA")
    assert outcome.response is not None
    assert outcome.response[0] == "text/xml"
    assert "<Ack>true</Ack>" in outcome.response[1]


def test_their_session_is_not_kept():
    assert "credential" not in str(hook(CASE))


def test_a_short_organization_id_is_the_same_one():
    assert answer(hook(CASE, secret=SECRET | {"organization_id": "00D5e000000HELP"})) == PROCESS


def test_only_the_notices_not_seen_are_processed():
    both = CASE.replace(NOTICE, NOTICE + SECOND)
    seen = {"seen": ["04l5e0000000001AAA"]}
    assert [record["notification"] for record in hook(both, state=seen).normalized["records"]] == ["04l5e0000000002AAA"]
    again = hook(CASE, state=seen)
    assert answer(again) == DUPLICATE
    assert again.response is not None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (CASE.replace(b"00D5e000000HELPEAA", b"00D5e000000EVILEAA"), 403),
        (CASE.replace(b"00D5e000000HELPEAA", b""), 403),
        (
            CASE.replace(
                b"<soapenv:Envelope", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><soapenv:Envelope'
            ),
            400,
        ),
        (CASE.replace(b"&amp;", b"&e;"), 400),
        (CASE.replace(NOTICE, b""), 400),
        (CASE.replace(NOTICE, NOTICE * 101), 400),
        (CASE.replace(b"5005e0000000001AAA", b""), 400),
        (CASE[:-20], 400),
        (b"<a>" * 100_000, 400),
        (b"<a>" + b"<b/>" * 200_000 + b"</a>", 400),
        (b"", 400),
    ],
)
def test_what_is_foreign_or_hostile_is_refused(body, status):
    assert answer(hook(body)) == refused(status)


def test_the_path_is_the_secret():
    assert answer(hook(CASE, url=URL[:-1])) == refused(404)

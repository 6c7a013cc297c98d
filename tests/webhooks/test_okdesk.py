import copy

import pytest

from tests.webhooks.deliveries import DUPLICATE, IGNORE, JSON, PROCESS, answer, judged, post, refused, shape, written

URL = "https://desk.firma.test/hooks/s1/okdesk/p4th"
STATUS = shape("okdesk", "status")


def hook(body, url=URL, **more):
    return judged("okdesk", post(written(body), JSON, url=url), {"path_token": "p4th"}, **more)


def changed(event_type):
    body = copy.deepcopy(STATUS)
    body["event"]["event_type"] = event_type
    return body


def test_a_ticket_changes_its_status():
    outcome = hook(STATUS)
    assert answer(outcome) == PROCESS
    assert outcome.normalized == {
        "event": "ticket.status",
        "external_id": "9012",
        "title": "Не греет котёл",
        "status": "in_work",
        "old_status": "opened",
    }


@pytest.mark.parametrize(
    ("kind", "event"),
    [("new_ticket", "ticket.created"), ("new_comment", "ticket.comment"), ("weather", "ticket.changed")],
)
def test_other_events_have_the_desks_names(kind, event):
    assert hook(changed(kind)).normalized["event"] == event


def test_what_is_not_about_an_issue_is_passed_over_and_the_same_bytes_count_once():
    assert answer(hook({"event": {"event_type": "new_company"}, "company": {"id": 1}})) == IGNORE
    assert answer(hook(STATUS, state={"seen": [hook(STATUS).key]})) == DUPLICATE


@pytest.mark.parametrize(
    "body", [[], {}, {"event": {}, "issue": {}}, {"event": {}, "issue": {"id": None}}, {"event": 1, "issue": {"id": 1}}]
)
def test_another_shape_is_refused(body):
    assert answer(hook(body)) == refused(400)


def test_the_path_is_the_secret():
    assert answer(hook(STATUS, url=URL + "/x")) == refused(404)

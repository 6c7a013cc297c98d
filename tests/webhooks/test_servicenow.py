import pytest

from tests.webhooks.deliveries import DUPLICATE, JSON, PROCESS, answer, b64, judged, post, refused, shape, written

INCIDENT = written(shape("servicenow", "incident"))
BEARER = {"bearer": "shared-1"}


def hook(authorization, secret=BEARER, body=INCIDENT, **more):
    return judged(
        "servicenow", post(body, JSON, *(("Authorization", value) for value in authorization)), secret, **more
    )


def test_a_shared_secret_lets_an_incident_in():
    outcome = hook(["Bearer shared-1"])
    assert answer(outcome) == PROCESS
    assert (outcome.normalized["external_id"], outcome.normalized["title"]) == ("1f0c", "Нет света")
    assert answer(hook(["Bearer shared-1"], state={"seen": [outcome.key]})) == DUPLICATE
    assert answer(hook([f"Basic {b64(b'desk:pw')}"], {"basic": "desk:pw"})) == PROCESS


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ([], 401),
        (["Bearer "], 401),
        (["Bearer shared-2"], 401),
        (["Bearer Shared-1"], 401),
        (["Basic shared-1"], 401),
        (["Bearer ключ"], 401),
        (["Bearer shared-1", "Bearer shared-1"], 400),
    ],
)
def test_another_secret_does_not(authorization, status):
    assert answer(hook(authorization)) == refused(status)


@pytest.mark.parametrize("body", [b"", b"[]", b"<xml/>", b'{"a":1,"a":2}', b'{"a":NaN}'])
def test_the_body_is_an_object(body):
    assert answer(hook(["Bearer shared-1"], body=body)) == refused(400)

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.webhooks.deliveries import (
    DUPLICATE,
    IGNORE,
    NOW,
    PROCESS,
    answer,
    b64,
    judged,
    post,
    refused,
    shape,
    written,
)

TOPIC = "arn:aws:sns:eu-west-1:111122223333:desk"
HOST = "https://sns.eu-west-1.amazonaws.com"
CERT_URL = f"{HOST}/SimpleNotificationService-abc123.pem"
CONFIG = {"topic_arn": TOPIC}
FIELDS = {
    "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
    "SubscriptionConfirmation": ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
}
FIELDS["UnsubscribeConfirmation"] = FIELDS["SubscriptionConfirmation"]
HASHES = {"1": SHA1, "2": SHA256}


@cache
def pair() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate(days: int = 365) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.fromtimestamp(NOW, UTC)
    built = (
        x509.CertificateBuilder(name, name, pair().public_key(), 7)
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(pair(), SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()


def secret(url: str = CERT_URL, days: int = 365):
    return {"cert_pem_served_at": {url: certificate(days)}}


def written_at(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def envelope(message: str | None = None, *, signed_as: str | None = None, **changed):
    said = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Message": written(shape("ses-sns", "received")).decode() if message is None else message,
        "Timestamp": written_at(NOW - 1),
        "SignatureVersion": "2",
        "SigningCertURL": CERT_URL,
    } | changed
    lines = "".join(f"{name}\n{said[name]}\n" for name in FIELDS.get(said["Type"], ()) if name in said)
    algorithm = HASHES.get(signed_as or said["SignatureVersion"], SHA256)()
    return said | {"Signature": b64(pair().sign(lines.encode(), padding.PKCS1v15(), algorithm))}


def delivery(said):
    return post(written(said), ("Content-Type", "text/plain; charset=UTF-8"))


def confirmation(kind: str = "SubscriptionConfirmation", **changed):
    url = f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t"
    return envelope("You have chosen…", **{"Type": kind, "Token": "t", "SubscribeURL": url} | changed)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [{}, {"Subject": "Amazon SES Email Receipt Notification"}])
def test_a_letter(version, subject):
    outcome = judged("ses-sns", delivery(envelope(SignatureVersion=version, **subject)), secret(), config=CONFIG)
    assert answer(outcome) == PROCESS
    assert outcome.normalized["thread_token"] == "t77.aB3d"
    assert outcome.normalized["text"] == "Завтра"


def test_a_letter_that_lies_in_a_bucket():
    said = shape("ses-sns", "stored")
    outcome = judged("ses-sns", delivery(envelope(written(said).decode())), secret(), config=CONFIG)
    assert (answer(outcome), outcome.normalized["event"]) == (PROCESS, "mail.stored")
    assert outcome.normalized["stored"] == {"bucket": "firma-letters", "key": "inbox/d6iitobk75ur44p8kdnnp7g2n800"}
    assert (outcome.normalized["subject"], outcome.normalized["thread_token"]) == ("Re", "t77.aB3d")
    with_words = said | {"content": "From: anna@client.test\r\n\r\nHi"}
    outcome = judged("ses-sns", delivery(envelope(written(with_words).decode())), secret(), config=CONFIG)
    assert outcome.normalized["event"] == "mail.received", "what is at hand is not fetched"


def test_a_bounce():
    message = written(shape("ses-sns", "bounce")).decode()
    outcome = judged("ses-sns", delivery(envelope(message)), secret(), config=CONFIG)
    assert (answer(outcome), outcome.normalized["event"]) == (PROCESS, "mail.failed")


def test_a_virus_is_put_aside():
    said = shape("ses-sns", "received")
    said["receipt"]["virusVerdict"]["status"] = "FAIL"
    outcome = judged("ses-sns", delivery(envelope(written(said).decode())), secret(), config=CONFIG)
    assert answer(outcome) == ("valid", "quarantine", 200)


def test_our_topics_subscription_is_confirmed_at_amazon_only():
    outcome = judged("ses-sns", delivery(confirmation()), secret(), config=CONFIG)
    assert answer(outcome) == ("valid", "confirm_subscription", 200)
    elsewhere = confirmation(SubscribeURL="https://sns.eu-west-1.amazonaws.com.evil.test/?Action=ConfirmSubscription")
    assert answer(judged("ses-sns", delivery(elsewhere), secret(), config=CONFIG)) == refused(403)


def test_the_end_of_a_subscription_is_noted():
    said = confirmation("UnsubscribeConfirmation")
    assert answer(judged("ses-sns", delivery(said), secret(), config=CONFIG)) == IGNORE


def test_the_topics_own_note_is_no_notice():
    assert answer(judged("ses-sns", delivery(envelope("Validated.")), secret(), config=CONFIG)) == IGNORE


@pytest.mark.parametrize(
    "said",
    [
        envelope() | {"Message": "{}"},
        envelope() | {"Subject": "added"},
        envelope() | {"Signature": "!!"},
        envelope() | {"SignatureVersion": "1"},
        envelope(SignatureVersion="1", signed_as="2"),
        envelope(SignatureVersion="3"),
        envelope(TopicArn="arn:aws:sns:eu-west-1:999999999999:evil"),
        envelope(Timestamp=written_at(NOW - 3901)),
        envelope(Timestamp=written_at(NOW + 301)),
    ],
    ids=["message", "subject", "signature", "version", "hash", "new version", "topic", "old", "future"],
)
def test_what_amazon_did_not_sign_for_us_now_is_refused(said):
    assert answer(judged("ses-sns", delivery(said), secret(), config=CONFIG)) == refused(403)


@pytest.mark.parametrize(
    "url",
    [
        CERT_URL.replace("https", "http"),
        "https://sns.eu-west-1.amazonaws.com.evil.test/SimpleNotificationService-abc123.pem",
        "https://evil.test/sns.eu-west-1.amazonaws.com/SimpleNotificationService-abc123.pem",
        "https://sns.s3.amazonaws.com/SimpleNotificationService-abc123.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.test/SimpleNotificationService-abc123.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-abc123.pem",
        CERT_URL + "\n",
        f"{HOST}/evil/SimpleNotificationService-abc123.pem",
    ],
)
def test_a_certificate_from_elsewhere_proves_nothing(url):
    request = delivery(envelope(SigningCertURL=url))
    assert answer(judged("ses-sns", request, secret(url), config=CONFIG)) == refused(403)


def test_a_certificate_out_of_force_proves_nothing():
    assert answer(judged("ses-sns", delivery(envelope()), secret(days=-1), config=CONFIG)) == refused(403)


@pytest.mark.parametrize("said", [{}, [], {"Type": "Other"}, envelope(Type="Other")])
def test_what_is_no_envelope_is_refused(said):
    assert answer(judged("ses-sns", delivery(said), secret(), config=CONFIG)) == refused(400)


def test_a_repeat_is_known_by_its_message_id():
    outcome = judged("ses-sns", delivery(envelope()), secret(), config=CONFIG, state={"seen": ["m-1"]})
    assert answer(outcome) == DUPLICATE


def test_without_a_topic_of_ours_nobody_is_believed():
    assert answer(judged("ses-sns", delivery(envelope()), secret())) == refused(503)

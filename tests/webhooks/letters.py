"""Letters for tests: composed here, judged with the desk's secrets."""

from typing import Any

from tests.webhooks.deliveries import judged
from webhooks.mail.threads import message_id
from webhooks.request import Request
from webhooks.verdict import Outcome

PLUS = "desk+t77.Zq9x@in.firma.test"
DESK = "desk@in.firma.test"
KEY = "message-id-key"
SECRET: dict[str, Any] = {"reply_token_of_ticket": {"t77": "Zq9x", "t78": "Aa11"}, "message_id_key": KEY}
OURS = message_id("t78", "n1", "desk.firma.test", KEY)
HEADERS = {"From": "Анна <anna@klient.test>", "To": DESK, "Subject": "Re: Наряд", "Message-ID": "<a1@klient.test>"}
TEXT = {"Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}


def letter(text: str | bytes = "Ключ у охраны.", **headers: str | None) -> bytes:
    """Names of headers with `_` for `-`; None leaves one out."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}\r\n" for name, value in (HEADERS | TEXT | named).items() if value is not None]
    return "".join(lines).encode() + b"\r\n" + (text.encode() if isinstance(text, str) else text)


def came(raw: bytes, sender: str | None = "anna@klient.test", to: str = DESK, **state: Any) -> Outcome:
    """The outcome for a letter that came by LMTP; without `sender` it came from an IMAP box."""
    envelope = () if sender is None else (("MAIL FROM", f"<{sender}>"), ("RCPT TO", f"<{to}>"))
    return judged("mail", Request("LMTP", "lmtp://127.0.0.1:24", envelope, raw, "mail"), SECRET, state=state)


def verdict(outcome: Outcome) -> tuple[str, str]:
    return outcome.verdict, outcome.action

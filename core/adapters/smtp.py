"""Letters out by a mail server: `smtp://user:password@host:587` (STARTTLS where it is offered), `smtps://…:465`."""

from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from core.kernel.errors import Outage
from core.kernel.mailboxes import bare_address

PATIENCE_S = 30.0
PORTS = {"smtp": 587, "smtps": 465}


class Smtp:
    """A port of `Mailer`. A refusal of the recipient (5xx) is permanent; of the sender, the login or the line not."""

    def __init__(self, url: str, sender: str) -> None:
        self._url = urlsplit(url)
        self.sender = bare_address(sender) or sender

    async def send(self, envelope: str, recipient: str, letter: bytes) -> None:
        import aiosmtplib

        try:
            async with self._client() as client:
                await client.sendmail(envelope, [recipient], letter)
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            raise Outage("email", f"{first.code} {first.message}", permanent=500 <= first.code < 600) from error
        except aiosmtplib.SMTPDataError as error:
            raise Outage("email", f"{error.code} {error.message}", permanent=500 <= error.code < 600) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise Outage("email", f"{type(error).__name__}: {error}"[:300]) from error

    async def check(self) -> None:
        """Connect and log in, no more. `Outage` says why not."""
        import aiosmtplib

        try:
            async with self._client():
                pass
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Outage("email", f"{type(error).__name__}: {error}"[:300]) from error

    def _client(self) -> Any:
        import aiosmtplib

        url: SplitResult = self._url
        return aiosmtplib.SMTP(
            hostname=url.hostname or "localhost",
            port=url.port or PORTS[url.scheme],
            username=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
            use_tls=url.scheme == "smtps",
            timeout=PATIENCE_S,
        )

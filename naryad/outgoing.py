"""The powers that reach customers outside of Telegram, as the settings name them."""

from aiohttp import ClientSession

from core import ports
from core.adapters.smtp import Smtp
from naryad.settings import Settings


def outgoing(settings: Settings, http: ClientSession) -> None:
    """Set the process's mailer; None where no server is set."""
    ports.use_mailer(Smtp(settings.smtp_url, settings.mail_from) if settings.smtp_url else None)

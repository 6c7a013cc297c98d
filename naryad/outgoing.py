"""The powers that reach customers outside of Telegram, as the settings name them."""

from core import ports
from core.adapters.smtp import Smtp
from core.adapters.texters import texter
from naryad.settings import Settings


def outgoing(settings: Settings, web: ports.Web) -> None:
    """Set the process's mailer and the vendors of SMS and calls; None where nothing is set."""
    ports.use_mailer(Smtp(settings.smtp_url, settings.mail_from) if settings.smtp_url else None)
    for channel, url in settings.texters.items():
        ports.use_texter(channel, texter(channel, url, web) if url else None)

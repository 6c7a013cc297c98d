"""The powers that ask vendors over the web, as the settings name them."""

from core import ports
from core.adapters.geocoders import Geocoder
from core.adapters.messengers import messenger
from core.adapters.smtp import Smtp
from core.adapters.texters import texter
from naryad.settings import Settings


def outgoing(settings: Settings, web: ports.Web) -> None:
    """Set the process's mailer, geocoder, messengers and vendors of SMS and calls; None where nothing is set."""
    ports.use_geocoder(Geocoder(settings.geocoder, web) if settings.geocoder else None)
    ports.use_mailer(Smtp(settings.smtp_url, settings.mail_from) if settings.smtp_url else None)
    for channel, url in settings.texters.items():
        ports.use_texter(channel, texter(channel, url, web) if url else None)
    for channel, url in settings.messengers.items():
        ports.use_messenger(channel, messenger(channel, url, web) if url else None)

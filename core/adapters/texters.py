"""The vendors of SMS and calls, by the scheme of the URL that names one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.adapters import smsc, twilio, vonage
from core.adapters.telephone import Account, Shape, read_account
from core.ports import Texter, Web


@dataclass(frozen=True, slots=True)
class Vendor:
    """`check` raises BadAccount for what the URL's shape does not show."""

    shape: Shape
    make: Callable[[Account, Web], Texter]
    check: Callable[[Account], object] | None = None


VENDORS: Mapping[str, Mapping[str, Vendor]] = {
    "sms": {
        "twilio": Vendor(twilio.SMS_SHAPE, twilio.TwilioSms),
        "smsc": Vendor(smsc.SHAPE, smsc.Smsc),
    },
    "voice": {
        "twilio": Vendor(twilio.VOICE_SHAPE, twilio.TwilioVoice),
        "vonage": Vendor(vonage.SHAPE, vonage.Vonage, vonage.private_key),
    },
}


def check_account(channel: str, url: str) -> Account:
    """BadAccount where it can't be used, as far as it can be seen without asking the vendor."""
    account = read_account(url, {name: vendor.shape for name, vendor in VENDORS[channel].items()})
    check = VENDORS[channel][account.vendor].check
    if check is not None:
        check(account)
    return account


def texter(channel: str, url: str, web: Web) -> Texter:
    """Of `sms` or `voice`. BadAccount."""
    account = check_account(channel, url)
    return VENDORS[channel][account.vendor].make(account, web)

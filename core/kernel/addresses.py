"""Which addresses may be called when somebody else has given the address: none of our own network. Pure.

Whoever fetches a given URL asks `check_url` before, and `inside` for each address to which its name resolves, and then
connects to that address and no other: see `webhooks.fetch`, the one place that does.
"""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.kernel.errors import Refusal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MAX_URL, MAX_CALLED = 500, 8000
"""Signs of an address that a person types, and of one that a system answers with: those carry signed tokens."""
_INSIDE_NAMES = (".localhost", ".internal", ".local", ".home.arpa")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
_REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
        *("2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]{2,45}\]")


def inside(address: Address) -> bool:
    """Whether it is anything but a public host: loopback, private, link-local, carrier-grade NAT, multicast, reserved,
    a cloud's metadata; whatever of these is wrapped into IPv6 (mapped, compatible, 6to4, NAT64), and all of Teredo."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return inside(wrapped)
        if address not in _UNICAST:
            return True
    return any(address in network for network in _REFUSED if network.version == address.version)


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL. `trusted`: the administrator named this host, so it may stand inside and speak plain HTTP."""

    url: str
    host: str
    trusted: bool


def check_url(url: str, trusted: Collection[str] = (), most: int = MAX_URL) -> Target:
    """https (http only for a trusted host), no credentials, a plain host, `most` signs. Refusals addresses.bad_url,
    addresses.not_https, addresses.inside."""
    if len(url) > most or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Refusal("addresses.bad_url", field="url")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refusal("addresses.bad_url", field="url") from error
    bare = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc.removesuffix(":")
    if parts.scheme not in ("https", "http") or port == 0 or _HOST.fullmatch(bare) is None:
        raise Refusal("addresses.bad_url", field="url")
    if _literal(host) is None and _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        raise Refusal("addresses.bad_url", field="url")
    is_trusted = host.rstrip(".").lower() in {one.lower() for one in trusted}
    if parts.scheme == "http" and not is_trusted:
        raise Refusal("addresses.not_https", field="url")
    if not is_trusted and _leads_inside(host.rstrip(".").lower()):
        raise Refusal("addresses.inside", field="url")
    return Target(url, host, is_trusted)


def _leads_inside(host: str) -> bool:
    literal = _literal(host)
    return inside(literal) if literal is not None else host == "localhost" or host.endswith(_INSIDE_NAMES)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None

"""Who does a thing. Every action takes an actor; every read goes through what the actor may see."""

from dataclasses import dataclass, field
from typing import Literal

from core.kernel.errors import NotAllowed

Kind = Literal["member", "contact", "token", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A member of the desk (dispatcher, technician, administrator), a customer's contact, another system that calls
    the API by a token, or the desk itself.

    `permissions` are codes such as `orders.dispatch`; `*` means all. `customer_id` is set for contacts only:
    a contact sees the orders of that customer that `site_ids` allows (None: every site of the customer). With
    `order_id` somebody holds that order's private link: they see this order and nothing else.
    """

    kind: Kind
    id: int
    permissions: frozenset[str] = frozenset()
    locale: str = "ru"
    name: str = ""
    customer_id: int | None = None
    site_ids: frozenset[int] | None = field(default=None)
    order_id: int | None = None

    @property
    def party(self) -> str:
        """The actor's name in the address book and in the timeline: `member:12`, `contact:5`, `system`."""
        return "system" if self.kind == "system" else f"{self.kind}:{self.id}"

    def may(self, permission: str) -> bool:
        return permission in self.permissions or "*" in self.permissions

    def require(self, permission: str) -> None:
        if not self.may(permission):
            raise NotAllowed(permission)


SYSTEM = Actor("system", 0, frozenset({"*"}), name="Naryad")


def member(member_id: int) -> str:
    """The party of a member."""
    return f"member:{member_id}"


def contact(contact_id: int) -> str:
    """The party of a customer's contact."""
    return f"contact:{contact_id}"


def group(group_id: int) -> str:
    """The party of a dispatch group."""
    return f"group:{group_id}"

"""Where the team talks, and the thread with the customer."""

from tortoise import fields

from core.kernel.model import Model


class DispatchGroup(Model):
    """A group chat of dispatchers. Without areas it takes every order that no other group takes."""

    id = fields.BigIntField(primary_key=True)
    chat_id = fields.BigIntField(unique=True)
    title = fields.CharField(200, default="")
    is_forum = fields.BooleanField(default=False)
    locale = fields.CharField(8, default="ru")
    active = fields.BooleanField(default=True)
    bound_at = fields.DatetimeField()
    areas = fields.ManyToManyField("models.Area", related_name="groups", through="chats_group_areas")

    class Meta:
        table = "chats_dispatch_groups"


class Message(Model):
    """One message in an order's threads. `side`: team or customer; its file is an attachment of the order too."""

    id = fields.BigIntField(primary_key=True)
    order = fields.ForeignKeyField("models.Order", related_name="messages", on_delete=fields.CASCADE)
    order_id: int
    side = fields.CharField(8)
    party = fields.CharField(32)
    who = fields.CharField(200, default="")
    text = fields.TextField(default="")
    file = fields.ForeignKeyField("models.File", related_name="messages", null=True, on_delete=fields.RESTRICT)
    file_id: int | None
    to_customer = fields.BooleanField(default=False)
    reply_to = fields.BigIntField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "chats_messages"
        indexes = (("order_id", "id"),)

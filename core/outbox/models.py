"""What is to be told, to whom, and what has been told. The address book of channels lives here, on the ground
floor, so that a notice finds its chat in the statement that queues it."""

from tortoise import fields

from core.kernel.model import Model


class Address(Model):
    """Where a party (`member:12`, `contact:5`, `group:3`) is reached by one bot."""

    id = fields.BigIntField(primary_key=True)
    party = fields.CharField(32)
    bot = fields.CharField(16)
    chat_id = fields.BigIntField()
    locale = fields.CharField(8, default="ru")
    zone = fields.CharField(64, default="Europe/Moscow")
    blocked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbox_addresses"
        unique_together = (("party", "bot"), ("bot", "chat_id", "party"))


class Chat(Model):
    """The producer's row of a chat: the number of its last notice. Locked last, in sorted order."""

    id = fields.BigIntField(primary_key=True)
    bot = fields.CharField(16)
    chat_id = fields.BigIntField()
    last_seq = fields.BigIntField(default=0)

    class Meta:
        table = "outbox_chats"
        unique_together = (("bot", "chat_id"),)


class Notice(Model):
    """One thing to show in one chat. `(bot, chat_id, seq)` is the order in which the chat must see them.

    `op`: `show` (send, or edit when `card` or `message_id` is already there), `erase`, `topic` (make or rename a forum
    topic; `card` names it). `topic` is the card key of the topic that the message belongs to. `facts` is what the
    screen renders. `state`: queued, sending, sent, unknown, skipped, failed. `on_unknown`: resend or skip.
    `delivered_at`: when its vendor reported that it arrived, where a vendor does.
    """

    id = fields.BigIntField(primary_key=True)
    bot = fields.CharField(16)
    chat_id = fields.BigIntField()
    seq = fields.BigIntField()
    op = fields.CharField(8, default="show")
    screen = fields.CharField(64)
    facts: dict = fields.JSONField(default=dict)
    locale = fields.CharField(8)
    zone = fields.CharField(64)
    card = fields.CharField(64, null=True)
    revision = fields.BigIntField(default=0)
    topic = fields.CharField(64, null=True)
    message_id = fields.BigIntField(null=True)
    reply_to = fields.CharField(64, null=True)
    party = fields.CharField(32, null=True)
    on_unknown = fields.CharField(8, default="resend")
    state = fields.CharField(8, default="queued")
    attempts = fields.SmallIntField(default=0)
    error = fields.TextField(null=True)
    queued_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    delivered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbox_notices"
        unique_together = (("bot", "chat_id", "seq"),)


class Sender(Model):
    """The sender's row of a chat: why it is paused. A blocked chat gets nothing until its person writes again."""

    id = fields.BigIntField(primary_key=True)
    bot = fields.CharField(16)
    chat_id = fields.BigIntField()
    blocked_at = fields.DatetimeField(null=True)
    reason = fields.TextField(null=True)

    class Meta:
        table = "outbox_senders"
        unique_together = (("bot", "chat_id"),)


class Card(Model):
    """A message that is kept current: which message shows it, and what it shows."""

    id = fields.BigIntField(primary_key=True)
    bot = fields.CharField(16)
    chat_id = fields.BigIntField()
    card = fields.CharField(64)
    message_id = fields.BigIntField(null=True)
    thread_id = fields.BigIntField(null=True)
    revision = fields.BigIntField(default=0)
    digest = fields.CharField(64, default="")

    class Meta:
        table = "outbox_cards"
        unique_together = (("bot", "chat_id", "card"),)

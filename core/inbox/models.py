"""What came from outside, raw, before anything is done about it."""

from tortoise import fields

from core.kernel.model import Model


class Delivery(Model):
    """One update or webhook delivery. `(source, key)` is unique: a second copy is nothing.

    `lane` keeps order: deliveries of one lane (a chat) are handled one after another, by ascending id. `body` is the
    body as it came, empty once a dead letter is too old. `done_at` is set by the transaction that handled it; `dead_at`
    when attempts ran out.
    """

    id = fields.BigIntField(primary_key=True)
    source = fields.CharField(64)
    key = fields.CharField(128)
    lane = fields.BigIntField()
    body = fields.BinaryField()
    received_at = fields.DatetimeField()
    attempts = fields.SmallIntField(default=0)
    done_at = fields.DatetimeField(null=True)
    dead_at = fields.DatetimeField(null=True)
    error = fields.TextField(null=True)

    class Meta:
        table = "inbox_deliveries"
        unique_together = (("source", "key"),)


class Dialogue(Model):
    """Where a person stands in an input wizard of one bot. `version` guards against two presses at once."""

    id = fields.BigIntField(primary_key=True)
    bot = fields.CharField(16)
    chat_id = fields.BigIntField()
    user_id = fields.BigIntField()
    step = fields.CharField(64, null=True)
    data: dict = fields.JSONField(default=dict)
    version = fields.IntField(default=0)
    touched_at = fields.DatetimeField()

    class Meta:
        table = "inbox_dialogues"
        unique_together = (("bot", "chat_id", "user_id"),)

"""Time is a table: what is due when."""

from tortoise import fields

from core.kernel.model import Model


class Timer(Model):
    """`(kind, key)` is unique: setting it again moves it. The row goes in the transaction that applies its effect."""

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharField(64)
    key = fields.CharField(64)
    due_at = fields.DatetimeField()
    data: dict = fields.JSONField(default=dict)
    attempts = fields.SmallIntField(default=0)
    error = fields.TextField(null=True)
    dead_at = fields.DatetimeField(null=True)

    class Meta:
        table = "timers_timers"
        unique_together = (("kind", "key"),)
        indexes = (("due_at",),)

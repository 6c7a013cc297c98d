"""Who works when."""

from tortoise import fields
from tortoise.models import Model


class Shift(Model):
    """A planned shift and what came of it. Planned times: the rota; actual ones: what the person pressed."""

    id = fields.BigIntField(primary_key=True)
    member = fields.ForeignKeyField("models.Member", related_name="shifts", on_delete=fields.CASCADE)
    member_id: int
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    opened_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "schedule_shifts"
        indexes = (("member_id", "starts_at"),)

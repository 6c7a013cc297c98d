"""Who works when, and when working time is."""

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


class WorkCalendar(Model):
    """A version of a business calendar; the newest of its `code` holds. `data` as in `schedule/calendars.py`."""

    id = fields.IntField(primary_key=True)
    code = fields.CharField(32)
    name: dict = fields.JSONField()
    data: dict = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "schedule_calendars"
        indexes = (("code", "id"),)

"""Who works when, and when working time is."""

from tortoise import fields

from core.kernel.model import Model


class Rota(Model):
    """A template; `data` as in `schedule/rules.py`. One with `archived_at` is offered no more."""

    id = fields.IntField(primary_key=True)
    name: dict = fields.JSONField()
    data: dict = fields.JSONField()
    created_at = fields.DatetimeField()
    archived_at = fields.DatetimeField(null=True)

    class Meta:
        table = "schedule_rotas"


class Assignment(Model):
    """A person works by a rota from `since` to `until` (the last day; null: until further notice). The cycle's day
    `begins_with` (from 0) falls on `since`. A person has one rota a day."""

    id = fields.BigIntField(primary_key=True)
    rota = fields.ForeignKeyField("models.Rota", related_name="assignments", on_delete=fields.RESTRICT)
    rota_id: int
    member = fields.ForeignKeyField("models.Member", related_name="rotas", on_delete=fields.CASCADE)
    member_id: int
    since = fields.DateField()
    until = fields.DateField(null=True)
    begins_with = fields.IntField(default=0)

    class Meta:
        table = "schedule_assignments"
        indexes = (("member_id", "since"),)


class Shift(Model):
    """A planned shift and what came of it. Planned times: the rota; actual ones: what the person pressed. `rota` is the
    template that made it; null for one that a person planned."""

    id = fields.BigIntField(primary_key=True)
    member = fields.ForeignKeyField("models.Member", related_name="shifts", on_delete=fields.CASCADE)
    member_id: int
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    opened_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    rota = fields.ForeignKeyField("models.Rota", related_name="shifts", null=True, on_delete=fields.SET_NULL)
    rota_id: int | None

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


class FixedDay(Model):
    """A day of the company's calendar that somebody planned by hand: the rota leaves it alone."""

    id = fields.BigIntField(primary_key=True)
    member = fields.ForeignKeyField("models.Member", related_name="fixed_days", on_delete=fields.CASCADE)
    member_id: int
    day = fields.DateField()

    class Meta:
        table = "schedule_fixed_days"
        unique_together = (("member", "day"),)


class Absence(Model):
    """Whole days of the company's calendar, as moments. `kind`: vacation, sick, training, dayoff. `state`: asked,
    approved, refused, cancelled; approved ones of a person never overlap. `*_by` are parties."""

    id = fields.BigIntField(primary_key=True)
    member = fields.ForeignKeyField("models.Member", related_name="absences", on_delete=fields.CASCADE)
    member_id: int
    kind = fields.CharField(10)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    note = fields.CharField(300, default="")
    state = fields.CharField(10, default="asked")
    asked_by = fields.CharField(32)
    asked_at = fields.DatetimeField()
    decided_by = fields.CharField(32, null=True)
    decided_at = fields.DatetimeField(null=True)
    revision = fields.IntField(default=1)

    class Meta:
        table = "schedule_absences"
        indexes = (("member_id", "starts_at"),)


class Duty(Model):
    """On call: may be woken outside of working hours."""

    id = fields.BigIntField(primary_key=True)
    member = fields.ForeignKeyField("models.Member", related_name="duties", on_delete=fields.CASCADE)
    member_id: int
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()

    class Meta:
        table = "schedule_duties"
        indexes = (("starts_at",), ("member_id", "starts_at"))


class Swap(Model):
    """A shift that `giver` offers to `taker`, in return for the shift `back` if there is one. `state`: offered, agreed,
    approved, declined (by the taker), refused (by the dispatcher), withdrawn, expired, gone (the shift was taken out of
    the rota). `what` keeps both shifts' times for the story: [[starts, ends], …] in ISO 8601."""

    id = fields.BigIntField(primary_key=True)
    shift = fields.ForeignKeyField("models.Shift", related_name="swaps", null=True, on_delete=fields.SET_NULL)
    shift_id: int | None
    back = fields.ForeignKeyField("models.Shift", related_name="back_swaps", null=True, on_delete=fields.SET_NULL)
    back_id: int | None
    giver = fields.ForeignKeyField("models.Member", related_name="swaps_given", on_delete=fields.CASCADE)
    giver_id: int
    taker = fields.ForeignKeyField("models.Member", related_name="swaps_taken", on_delete=fields.CASCADE)
    taker_id: int
    what: list = fields.JSONField()
    state = fields.CharField(10, default="offered")
    asked_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    decided_by = fields.CharField(32, null=True)
    decided_at = fields.DatetimeField(null=True)
    revision = fields.IntField(default=1)

    class Meta:
        table = "schedule_swaps"
        indexes = (("state", "id"),)


class CalendarLink(Model):
    """A secret address of a person's calendar; one is in force at most, only its digest is kept."""

    id = fields.BigIntField(primary_key=True)
    member = fields.ForeignKeyField("models.Member", related_name="calendar_links", on_delete=fields.CASCADE)
    member_id: int
    token_digest = fields.CharField(64, unique=True)
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "schedule_calendar_links"

"""When each job is to be visited, by whom and in which order; and how a day's plan came to be."""

from tortoise import fields

from core.kernel.model import Model


class PlanDay(Model):
    """The plan of one day of the company's calendar. `revision` grows with each change: whoever decided by an older
    one is told what has changed since."""

    day = fields.DateField(primary_key=True)
    revision = fields.BigIntField(default=0)

    class Meta:
        table = "plan_days"


class PlannedVisit(Model):
    """A job's place in its assignee's day. `seq` orders the route, `travel` is seconds on the way there. `pinned`: the
    start was set by hand and nobody moves it. `store_id`: the store on the way there; `takes` {item: quantity} is
    what the route counts on in it, so that others don't. `told_at` is the start that the customer knows, `agreed` that
    they said it suits them."""

    job = fields.OneToOneField("models.Job", related_name="visit_plan", on_delete=fields.CASCADE, primary_key=True)
    job_id: int
    member = fields.ForeignKeyField("models.Member", related_name="planned_visits", on_delete=fields.CASCADE)
    member_id: int
    day = fields.DateField()
    seq = fields.SmallIntField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    travel = fields.IntField(default=0)
    pinned = fields.BooleanField(default=False)
    store_id = fields.IntField(null=True)
    takes: dict | None = fields.JSONField(null=True)
    told_at = fields.DatetimeField(null=True)
    agreed = fields.BooleanField(default=False)

    class Meta:
        table = "plan_visits"
        indexes = (("day", "member_id"),)


class PlanChange(Model):
    """A change of a day's plan. `cause`: move, pin, day, urgent, refusal, absence, delay, undo. `state`: solving, ready
    (waits for a yes), applied, undone, dropped, failed. `revision` is the day's that it was made for and, once applied,
    the one that it made. `plan` is where jobs go, `before` where they were, `told` what a dispatcher is shown (all as
    in `plan/rules.py`). `progress` in per cent."""

    id = fields.BigIntField(primary_key=True)
    day = fields.DateField()
    cause = fields.CharField(8)
    state = fields.CharField(8)
    revision = fields.BigIntField(default=0)
    job_id = fields.BigIntField(null=True)
    plan: dict = fields.JSONField(default=dict)
    before: dict = fields.JSONField(default=dict)
    told: dict = fields.JSONField(default=dict)
    progress = fields.SmallIntField(default=0)
    who = fields.CharField(200, default="")
    at = fields.DatetimeField()

    class Meta:
        table = "plan_changes"
        indexes = (("day", "id"),)

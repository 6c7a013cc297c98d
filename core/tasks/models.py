"""Slow or outside work that was promised: it runs outside a transaction, its result commits in its own."""

from tortoise import fields

from core.kernel.model import Model


class Task(Model):
    """`key` (may be null) makes it unique per kind while it waits. `lease` is the claim: a worker that lost it may
    not commit. `state`: queued, running, dead; a finished task's row is gone."""

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharField(64)
    key = fields.CharField(64, null=True)
    args: dict = fields.JSONField(default=dict)
    state = fields.CharField(8, default="queued")
    run_at = fields.DatetimeField()
    attempts = fields.SmallIntField(default=0)
    lease = fields.CharField(36, null=True)
    leased_at = fields.DatetimeField(null=True)
    error = fields.TextField(null=True)
    queued_at = fields.DatetimeField()

    class Meta:
        table = "tasks_tasks"
        indexes = (("state", "run_at"),)

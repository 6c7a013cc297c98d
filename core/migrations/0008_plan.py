from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    """Planned visits, the days' revisions, and how plans came to be."""

    dependencies = [("models", "0006_guests"), ("models", "0007_rotas")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PlanChange",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("day", fields.DateField()),
                ("cause", fields.CharField(max_length=8)),
                ("state", fields.CharField(max_length=8)),
                ("revision", fields.BigIntField(default=0)),
                ("job_id", fields.BigIntField(null=True)),
                ("plan", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("before", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("told", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("progress", fields.SmallIntField(default=0)),
                ("who", fields.CharField(default="", max_length=200)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "plan_changes",
                "app": "models",
                "indexes": [Index(fields=["day", "id"])],
                "pk_attr": "id",
                "table_description": "A change of a day's plan. `cause`: move, pin, day, urgent, refusal, absence, delay, undo. `state`: solving, ready",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PlanDay",
            fields=[
                ("day", fields.DateField(primary_key=True, unique=True, db_index=True)),
                ("revision", fields.BigIntField(default=0)),
            ],
            options={
                "table": "plan_days",
                "app": "models",
                "pk_attr": "day",
                "table_description": "The plan of one day of the company's calendar. `revision` grows with each change: whoever decided by an older",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PlannedVisit",
            fields=[
                (
                    "job",
                    fields.OneToOneField(
                        "models.Job",
                        source_field="job_id",
                        primary_key=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="visit_plan",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="planned_visits",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("day", fields.DateField()),
                ("seq", fields.SmallIntField()),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("travel", fields.IntField(default=0)),
                ("pinned", fields.BooleanField(default=False)),
                ("told_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("agreed", fields.BooleanField(default=False)),
            ],
            options={
                "table": "plan_visits",
                "app": "models",
                "indexes": [Index(fields=["day", "member_id"])],
                "pk_attr": "job_id",
                "table_description": "A job's place in its assignee's day. `seq` orders the route, `travel` is seconds on the way there. `pinned`: the",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            "ALTER TABLE plan_visits ADD CONSTRAINT plan_visits_times CHECK (ends_at >= starts_at AND travel >= 0);"
            "ALTER TABLE plan_changes ADD CONSTRAINT plan_changes_state CHECK (state IN"
            " ('solving', 'ready', 'applied', 'undone', 'dropped', 'failed'))"
        ),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    """Business calendars, policies and pauses of deadlines. At most one pause of an order is not over."""

    dependencies = [("models", "0003_sources")]

    initial = False

    operations = [
        ops.CreateModel(
            name="WorkCalendar",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("code", fields.CharField(max_length=32)),
                ("name", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("data", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "schedule_calendars",
                "app": "models",
                "indexes": [Index(fields=["code", "id"])],
                "pk_attr": "id",
                "table_description": "A version of a business calendar; the newest of its `code` holds. `data` as in `schedule/calendars.py`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PolicyList",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("policies", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sla_policies",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A version of the policies, the newest holds; as in `sla/policies.py`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Pause",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="pauses",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("stage", fields.CharField(max_length=32)),
                ("reason", fields.CharField(max_length=400)),
            ],
            options={
                "table": "sla_pauses",
                "app": "models",
                "indexes": [Index(fields=["order_id", "id"])],
                "pk_attr": "id",
                "table_description": "The clocks of an order stand still from `started_at`; `ended_at` is null while they do. `stage` is the code of",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Deadline",
            name="paused_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunSQL("CREATE UNIQUE INDEX pauses_one_open ON sla_pauses (order_id) WHERE ended_at IS NULL"),
    ]

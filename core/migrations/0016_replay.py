from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Past periods that were replayed by other rules."""

    dependencies = [("models", "0015_norms")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Replay",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("state", fields.CharField(max_length=8)),
                ("first_day", fields.DateField()),
                ("last_day", fields.DateField()),
                ("asked", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("result", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("progress", fields.SmallIntField(default=0)),
                ("who", fields.CharField(default="", max_length=200)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "replay_runs",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The days from `first_day` to `last_day` of the company's calendar. `state`: counting, ready, failed, stopped.",
            },
            bases=["Model"],
        ),
    ]

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Systems that are asked by schedule, and how far each was read."""

    dependencies = [("models", "0011_twins")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Poll",
            fields=[
                ("source_id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("place", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("busy", fields.CharField(null=True, max_length=36)),
                ("asked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("looked", fields.IntField(default=0, db_default=0)),
                ("came", fields.IntField(default=0, db_default=0)),
                ("trouble", fields.CharField(default="", db_default="", max_length=32)),
                ("facts", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("due_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("failures", fields.IntField(default=0, db_default=0)),
                ("since", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("told", fields.BooleanField(default=False, db_default=False)),
            ],
            options={
                "table": "sources_polls",
                "app": "models",
                "pk_attr": "source_id",
                "table_description": "How a polled system was asked. `place`: how far it was read, in its own terms; `from` in it: since when. `busy`",
            },
            bases=["Model"],
        ),
    ]

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """What was read back of other systems' things before orders were made of them."""

    dependencies = [("models", "0024_messengers")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Reading",
            fields=[
                ("delivery_id", fields.BigIntField(primary_key=True, unique=True, db_index=True)),
                ("source_id", fields.CharField(max_length=32)),
                ("body", fields.BinaryField(null=True)),
                ("trouble", fields.CharField(default="", db_default="", max_length=32)),
                ("facts", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("failures", fields.IntField(default=0, db_default=0)),
                ("due_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ("at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sources_readings",
                "app": "models",
                "pk_attr": "delivery_id",
                "table_description": "What was read back of the things of a delivery (`delivery_id`: the inbox's), sealed JSON by `talk.ref`; and what",
            },
            bases=["Model"],
        ),
    ]

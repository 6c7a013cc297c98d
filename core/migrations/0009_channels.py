from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """How a customer is told, and how far a mailbox was read."""

    dependencies = [("models", "0008_plan")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CustomerChannels",
            fields=[
                ("customer_id", fields.BigIntField(primary_key=True, unique=True, db_index=True)),
                ("forbidden", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("ranks", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={"table": "channels_customers", "app": "models", "pk_attr": "customer_id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Box",
            fields=[
                ("source_id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("validity", fields.BigIntField(default=0)),
                ("uid", fields.BigIntField(default=0)),
                ("trouble", fields.CharField(default="", max_length=300)),
                ("at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "sources_boxes", "app": "models", "pk_attr": "source_id"},
            bases=["Model"],
        ),
    ]

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Who wrote to us in a messenger and when, and what each message of ours there was about."""

    dependencies = [("models", "0023_billed_before")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Talk",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("channel", fields.CharField(max_length=16)),
                ("account", fields.CharField(max_length=64)),
                ("phone", fields.CharField(max_length=20)),
                ("heard_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sources_talks",
                "app": "models",
                "unique_together": (("channel", "account", "phone"),),
                "pk_attr": "id",
                "table_description": "Somebody who wrote to a number of ours (`account`) in a messenger (`channel`): `phone` in E.164, and when they",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Said",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("channel", fields.CharField(max_length=16)),
                ("message_id", fields.CharField(max_length=128)),
                ("notice_id", fields.BigIntField()),
                ("order_id", fields.BigIntField()),
                ("at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sources_said",
                "app": "models",
                "unique_together": (("channel", "message_id"),),
                "indexes": [Index(fields=["order_id", "at"])],
                "pk_attr": "id",
                "table_description": "A message of ours in a messenger under its id there, and the order that it was about. Kept for as long as people",
            },
            bases=["Model"],
        ),
    ]

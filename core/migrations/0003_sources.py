from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("models", "0002_constraints")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Link",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("source_id", fields.CharField(max_length=32)),
                ("external", fields.CharField(max_length=128)),
                ("order_id", fields.BigIntField(db_index=True)),
            ],
            options={
                "table": "sources_links",
                "app": "models",
                "unique_together": (("source_id", "external"),),
                "pk_attr": "id",
                "table_description": "Our order that stands for a thing of theirs (`external`: its id there).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Mark",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("source_id", fields.CharField(max_length=32)),
                ("key", fields.CharField(max_length=128)),
                ("value", fields.BigIntField(default=0)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sources_marks",
                "app": "models",
                "unique_together": (("source_id", "key"),),
                "pk_attr": "id",
                "table_description": "Something of a source that is believed once: an event of a batch, a call's notice. `value` orders what has an",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Outcome",
            fields=[
                ("delivery_id", fields.BigIntField(primary_key=True, unique=True, db_index=True)),
                ("source_id", fields.CharField(max_length=32)),
                ("event", fields.CharField(default="", max_length=64)),
                ("what", fields.CharField(max_length=32)),
                ("order_id", fields.BigIntField(null=True)),
                ("facts", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sources_outcomes",
                "app": "models",
                "indexes": [Index(fields=["source_id", "delivery_id"])],
                "pk_attr": "delivery_id",
                "table_description": "What came of a delivery (`delivery_id`: the inbox's). `what` is a code, `facts` its details as plain JSON.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Request",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("source_id", fields.CharField(max_length=32)),
                ("key", fields.CharField(max_length=128)),
                ("kind", fields.CharField(max_length=8)),
                ("state", fields.CharField(max_length=8)),
                ("phone", fields.CharField(default="", max_length=40)),
                ("facts", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("due_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("order_id", fields.BigIntField(null=True)),
                ("revision", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("settled_by", fields.CharField(default="", max_length=32)),
            ],
            options={
                "table": "sources_requests",
                "app": "models",
                "unique_together": (("source_id", "key"),),
                "indexes": [Index(fields=["state", "id"])],
                "pk_attr": "id",
                "table_description": "Something that waits for a dispatcher. `kind`: call, order, message. `key` is the source's own name for it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Source",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("kind", fields.CharField(max_length=32)),
                ("name", fields.CharField(max_length=100)),
                ("secret", fields.BinaryField()),
                ("config", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("mapping", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("active", fields.BooleanField(default=True)),
                ("revision", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("refused", fields.BigIntField(default=0)),
                ("refused_why", fields.CharField(default="", max_length=200)),
                ("refused_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ignored", fields.BigIntField(default=0)),
                ("ignored_why", fields.CharField(default="", max_length=200)),
                ("ignored_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sources_sources",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A connected system. `id` stands in its address, `/hooks/<id>`; `secret` is sealed JSON (see `vault`), `config`",
            },
            bases=["Model"],
        ),
    ]

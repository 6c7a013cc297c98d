from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

ONCE = """
DROP INDEX hooks_outgoing_once;
CREATE UNIQUE INDEX hooks_outgoing_once ON hooks_outgoing (subscription_id, event_id, part, external, coalesce(handed_id, 0));
"""
AS_BEFORE = """
DELETE FROM hooks_outgoing WHERE handed_id IS NOT NULL;
DROP INDEX hooks_outgoing_once;
CREATE UNIQUE INDEX hooks_outgoing_once ON hooks_outgoing (subscription_id, event_id, part, external);
"""


class Migration(migrations.Migration):
    """Files that are given to other systems, each once."""

    dependencies = [("models", "0026_exchanges")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Handed",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "subscription",
                    fields.ForeignKeyField(
                        "models.Subscription",
                        source_field="subscription_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="handed",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("external", fields.CharField(max_length=128)),
                (
                    "file",
                    fields.ForeignKeyField(
                        "models.File",
                        source_field="file_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="handed",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("remote", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "hooks_handed",
                "app": "models",
                "unique_together": (("subscription", "external", "file"),),
                "indexes": [Index(fields=["file_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Outgoing",
            name="handed",
            field=fields.ForeignKeyField(
                "models.Handed",
                source_field="handed_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="outgoing",
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.AddIndex(model_name="Outgoing", index=Index(fields=["handed_id"])),
        ops.RunSQL(ONCE, AS_BEFORE),
    ]

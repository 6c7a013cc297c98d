from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

FORWARD = """
ALTER TABLE twins_pairs ADD CONSTRAINT twins_pairs_state CHECK (state IN ('open', 'merged', 'apart'));
ALTER TABLE twins_pairs ADD CONSTRAINT twins_pairs_ordered CHECK (older_id < newer_id);
CREATE UNIQUE INDEX twins_merges_once ON twins_merges (drop_id) WHERE undone_at IS NULL;
UPDATE hooks_outgoing o SET external = l.external
FROM hooks_events e, hooks_subscriptions s, sources_links l
WHERE o.state = 'waiting' AND e.id = o.event_id AND s.id = o.subscription_id
  AND l.source_id = s.source_id AND l.order_id = e.order_id;
DROP INDEX hooks_outgoing_once;
CREATE UNIQUE INDEX hooks_outgoing_once ON hooks_outgoing (subscription_id, event_id, part, external);
"""
BACKWARD = """
DROP INDEX hooks_outgoing_once;
CREATE UNIQUE INDEX hooks_outgoing_once ON hooks_outgoing (subscription_id, event_id, part);
DROP INDEX twins_merges_once;
ALTER TABLE twins_pairs DROP CONSTRAINT twins_pairs_ordered;
ALTER TABLE twins_pairs DROP CONSTRAINT twins_pairs_state;
"""


class Migration(migrations.Migration):
    """Orders of one trouble; what is told to other systems names the thing of theirs, for an order may stand for two."""

    dependencies = [("models", "0010_todo")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Merge",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "keep",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="keep_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="absorbed",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "drop",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="drop_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="merges",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("moved", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("by", fields.CharField(default="", max_length=200)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("undone_by", fields.CharField(default="", max_length=200)),
                ("undone_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "twins_merges",
                "app": "models",
                "indexes": [Index(fields=["drop_id"]), Index(fields=["keep_id"])],
                "pk_attr": "id",
                "table_description": "`drop` went into `keep`. `moved` is all that went along, so that it can be given back: ids of messages,",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Pair",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "older",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="older_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="newer_twins",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "newer",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="newer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="older_twins",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("score", fields.SmallIntField()),
                ("signs", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("state", fields.CharField(default="open", max_length=8)),
                ("revision", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("settled_by", fields.CharField(default="", max_length=200)),
                ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "twins_pairs",
                "app": "models",
                "unique_together": (("older", "newer"),),
                "indexes": [Index(fields=["newer_id"])],
                "pk_attr": "id",
                "table_description": "Two orders that are alike, `older_id` < `newer_id`. `state`: open (a dispatcher is asked), merged, apart (they are",
            },
            bases=["Model"],
        ),
        ops.AddField(model_name="Order", name="merged_into", field=fields.BigIntField(null=True)),
        ops.AddField(
            model_name="Outgoing",
            name="external",
            field=fields.CharField(default="", db_default="", max_length=128),
        ),
        ops.RunSQL(FORWARD, BACKWARD),
    ]

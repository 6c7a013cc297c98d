from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

FORWARD = """
CREATE INDEX hooks_events_unread ON hooks_events (id) WHERE seq IS NULL;
ALTER TABLE hooks_subscriptions ADD CONSTRAINT hooks_subscriptions_state CHECK (state IN ('on', 'off'));
ALTER TABLE hooks_outgoing ADD CONSTRAINT hooks_outgoing_state
  CHECK (state IN ('waiting', 'sent', 'failed', 'dropped'));
CREATE UNIQUE INDEX hooks_outgoing_once ON hooks_outgoing (subscription_id, event_id, part);
"""
BACKWARD = """
DROP INDEX hooks_outgoing_once;
ALTER TABLE hooks_outgoing DROP CONSTRAINT hooks_outgoing_state;
ALTER TABLE hooks_subscriptions DROP CONSTRAINT hooks_subscriptions_state;
DROP INDEX hooks_events_unread;
"""


class Migration(migrations.Migration):
    """Tokens of the API and the answers given to them; what is told to other systems. One event is for one subscription
    one delivery of each part."""

    dependencies = [("models", "0004_sla")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Event",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("seq", fields.BigIntField(null=True, unique=True)),
                ("type", fields.CharField(max_length=48)),
                ("order_id", fields.BigIntField(null=True, db_index=True)),
                ("data", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "hooks_events",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Something that happened, as it is told outside. `seq` is given when it is first read (see `queries.feed`): ids",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Reply",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("token_id", fields.BigIntField()),
                ("key", fields.CharField(max_length=255)),
                ("digest", fields.CharField(max_length=64)),
                ("status", fields.SmallIntField(default=0)),
                ("body", fields.TextField(default="", unique=False)),
                ("created_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "tokens_replies",
                "app": "models",
                "unique_together": (("token_id", "key"),),
                "pk_attr": "id",
                "table_description": "What a request with an Idempotency-Key was answered, committed with what it did. `digest` is the sha256 (hex) of",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Subscription",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=100)),
                ("kind", fields.CharField(default="standard", max_length=16)),
                ("source_id", fields.CharField(null=True, max_length=32)),
                ("url", fields.CharField(max_length=500)),
                ("secret", fields.BinaryField()),
                ("old_secret", fields.BinaryField(null=True)),
                ("old_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("config", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("state", fields.CharField(default="on", max_length=8)),
                ("why", fields.CharField(default="", max_length=8)),
                ("failing_since", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("busy", fields.CharField(null=True, max_length=36)),
                ("created_by", fields.CharField(max_length=32)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "hooks_subscriptions",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Somebody who is told. `kind`: standard (Standard Webhooks) or the vendor whose API is called for orders that came",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Outgoing",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "subscription",
                    fields.ForeignKeyField(
                        "models.Subscription",
                        source_field="subscription_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="outgoing",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "event",
                    fields.ForeignKeyField(
                        "models.Event",
                        source_field="event_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="outgoing",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("part", fields.CharField(default="", max_length=16)),
                ("state", fields.CharField(default="waiting", max_length=8)),
                ("attempts", fields.SmallIntField(default=0)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("first_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("done_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "hooks_outgoing",
                "app": "models",
                "indexes": [Index(fields=["subscription_id", "state", "due_at"]), Index(fields=["event_id"])],
                "pk_attr": "id",
                "table_description": "One event for one subscription. `state`: waiting, sent, failed (given up), dropped (by a person, or with its",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Attempt",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "outgoing",
                    fields.ForeignKeyField(
                        "models.Outgoing",
                        source_field="outgoing_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="tries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("took_ms", fields.IntField(default=0)),
                ("status", fields.IntField(null=True)),
                ("error", fields.CharField(default="", max_length=200)),
                ("answer", fields.CharField(default="", max_length=500)),
            ],
            options={
                "table": "hooks_attempts",
                "app": "models",
                "indexes": [Index(fields=["outgoing_id", "id"])],
                "pk_attr": "id",
                "table_description": "One try. `status` is what was answered (null: nothing was); `error` a code; `answer` its first bytes as text.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Token",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=100)),
                ("digest", fields.CharField(max_length=64)),
                ("scopes", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("per_minute", fields.IntField(default=120)),
                ("created_by", fields.CharField(max_length=32)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "tokens_tokens",
                "app": "models",
                "pk_attr": "id",
                "table_description": "`digest` is the sha256 (hex) of the token, which is told once and kept nowhere. `scopes` as in `rules.SCOPES`;",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Want",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "subscription",
                    fields.ForeignKeyField(
                        "models.Subscription",
                        source_field="subscription_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="wants",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("type", fields.CharField(max_length=48)),
                ("part", fields.CharField(default="", max_length=16)),
            ],
            options={
                "table": "hooks_wants",
                "app": "models",
                "unique_together": (("subscription", "type", "part"),),
                "indexes": [Index(fields=["type"])],
                "pk_attr": "id",
                "table_description": "What a subscription wants to hear: an event's type, and for a vendor which part of it (status, comment, act).",
            },
            bases=["Model"],
        ),
        ops.RunSQL(FORWARD, BACKWARD),
    ]

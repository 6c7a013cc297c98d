from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

KEEP = """
INSERT INTO dispatch_rule_versions (code, name, data, removed, created_at)
SELECT 'usual', '{"ru": "Обычные правила", "en": "Usual rules"}', jsonb_build_object('mode', mode, 'width', width,
  'offer_seconds', offer_seconds, 'weights', weights), false, to_timestamp(0)
FROM dispatch_rulesets WHERE active ORDER BY id LIMIT 1
"""

CHECKS = """
CREATE UNIQUE INDEX stops_once ON dispatch_stops (member_id, customer_id, coalesce(site_id, 0));
ALTER TABLE dispatch_demands ADD CONSTRAINT demands_level CHECK (level BETWEEN 1 AND 5 AND quantity > 0);
ALTER TABLE people_equipment ADD CONSTRAINT equipment_what CHECK (what IN ('tool', 'vehicle'))
"""


class Migration(migrations.Migration):
    """Certificates, tools, the stop-list, what work demands; rule sets of the robot in versions; how it chose."""

    dependencies = [("models", "0005_outside")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CertificateKind",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("code", fields.CharField(unique=True, max_length=32)),
                ("name", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "people_certificate_kinds",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A permit or certificate that people may hold, «Допуск до 1000 В».",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Certificate",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="certificates",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "kind",
                    fields.ForeignKeyField(
                        "models.CertificateKind",
                        source_field="kind_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="held",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.CharField(default="", max_length=50)),
                ("expires_on", fields.DateField(null=True)),
            ],
            options={
                "table": "people_certificates",
                "app": "models",
                "indexes": [Index(fields=["member_id"])],
                "pk_attr": "id",
                "table_description": "A person's certificate, valid through `expires_on` (null: for ever). A renewed one is a new row.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Choice",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "job",
                    fields.ForeignKeyField(
                        "models.Job",
                        source_field="job_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="choices",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("ruleset_id", fields.IntField(null=True)),
                ("outcome", fields.CharField(max_length=8)),
                ("fits", fields.IntField(default=0)),
                ("best", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("rejected", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("help", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "dispatch_choices",
                "app": "models",
                "indexes": [Index(fields=["job_id", "id"])],
                "pk_attr": "id",
                "table_description": "How the robot chose once. `outcome`: offered, nobody, hint. `best`: [{id, name, score, terms}]; `rejected`:",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Demand",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("scope", fields.CharField(max_length=8)),
                ("key", fields.CharField(max_length=32)),
                ("what", fields.CharField(max_length=12)),
                ("code", fields.CharField(max_length=32)),
                ("level", fields.SmallIntField(default=1)),
                ("quantity", fields.DecimalField(default=1, max_digits=12, decimal_places=3)),
            ],
            options={
                "table": "dispatch_demands",
                "app": "models",
                "unique_together": (("scope", "key", "what", "code"),),
                "pk_attr": "id",
                "table_description": "What work asks of whoever does it. `scope` and `key`: kind (of order), type (of equipment), customer, site,",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Equipment",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("what", fields.CharField(max_length=8)),
                ("code", fields.CharField(unique=True, max_length=32)),
                ("name", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "people_equipment",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A kind of tool or vehicle that people have with them. `what`: tool, vehicle.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MemberEquipment",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="equipment",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "equipment",
                    fields.ForeignKeyField(
                        "models.Equipment",
                        source_field="equipment_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="holders",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "people_member_equipment",
                "app": "models",
                "unique_together": (("member", "equipment"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Stop",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="stops",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "models.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="stops",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "site",
                    fields.ForeignKeyField(
                        "models.Site",
                        source_field="site_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="stops",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("reason", fields.CharField(default="", max_length=300)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "dispatch_stops",
                "app": "models",
                "indexes": [Index(fields=["customer_id"]), Index(fields=["member_id"])],
                "pk_attr": "id",
                "table_description": "The stop-list: this technician is not sent to the customer, or to one site of theirs.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RuleVersion",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("code", fields.CharField(max_length=32)),
                ("name", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("data", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("removed", fields.BooleanField(default=False)),
                ("member_id", fields.BigIntField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "dispatch_rule_versions",
                "app": "models",
                "indexes": [Index(fields=["code", "id"])],
                "pk_attr": "id",
                "table_description": "A version of a rule set; the newest of its `code` holds, unless it says that the rule set was removed. `data` as",
            },
            bases=["Model"],
        ),
        ops.RunSQL(KEEP),
        ops.DeleteModel(name="Ruleset"),
        ops.RunSQL(CHECKS),
    ]

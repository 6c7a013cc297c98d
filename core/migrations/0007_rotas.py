from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index


CONSTRAINTS = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE schedule_assignments ADD CONSTRAINT assignments_ends CHECK (until IS NULL OR until >= since);
ALTER TABLE schedule_assignments ADD CONSTRAINT assignments_one_rota EXCLUDE USING gist
  (member_id WITH =, daterange(since, until, '[]') WITH &&);
ALTER TABLE schedule_absences ADD CONSTRAINT absences_ends CHECK (ends_at > starts_at);
ALTER TABLE schedule_absences ADD CONSTRAINT absences_apart EXCLUDE USING gist
  (member_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (state = 'approved');
ALTER TABLE schedule_duties ADD CONSTRAINT duties_ends CHECK (ends_at > starts_at);
CREATE UNIQUE INDEX swaps_one_open ON schedule_swaps (shift_id) WHERE state IN ('offered', 'agreed');
CREATE UNIQUE INDEX calendar_links_one ON schedule_calendar_links (member_id) WHERE revoked_at IS NULL;
CREATE INDEX shifts_time ON schedule_shifts (starts_at);
"""


class Migration(migrations.Migration):
    """Rotas, absences, duties and swaps. PostgreSQL keeps what must never stand side by side apart."""

    dependencies = [("models", "0006_rulesets")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Absence",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="absences",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=10)),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("note", fields.CharField(default="", max_length=300)),
                ("state", fields.CharField(default="asked", max_length=10)),
                ("asked_by", fields.CharField(max_length=32)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_by", fields.CharField(null=True, max_length=32)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revision", fields.IntField(default=1)),
            ],
            options={
                "table": "schedule_absences",
                "app": "models",
                "indexes": [Index(fields=["member_id", "starts_at"])],
                "pk_attr": "id",
                "table_description": "Whole days of the company's calendar, as moments. `kind`: vacation, sick, training, dayoff. `state`: asked,",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CalendarLink",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="calendar_links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("token_digest", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "schedule_calendar_links",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A secret address of a person's calendar; one is in force at most, only its digest is kept.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Duty",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="duties",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "schedule_duties",
                "app": "models",
                "indexes": [Index(fields=["starts_at"]), Index(fields=["member_id", "starts_at"])],
                "pk_attr": "id",
                "table_description": "On call: may be woken outside of working hours.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FixedDay",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="fixed_days",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("day", fields.DateField()),
            ],
            options={
                "table": "schedule_fixed_days",
                "app": "models",
                "unique_together": (("member", "day"),),
                "pk_attr": "id",
                "table_description": "A day of the company's calendar that somebody planned by hand: the rota leaves it alone.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Rota",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("data", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("archived_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "schedule_rotas",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A template; `data` as in `schedule/rules.py`. One with `archived_at` is offered no more.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Assignment",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "rota",
                    fields.ForeignKeyField(
                        "models.Rota",
                        source_field="rota_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="assignments",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="rotas",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("since", fields.DateField()),
                ("until", fields.DateField(null=True)),
                ("begins_with", fields.IntField(default=0)),
            ],
            options={
                "table": "schedule_assignments",
                "app": "models",
                "indexes": [Index(fields=["member_id", "since"])],
                "pk_attr": "id",
                "table_description": "A person works by a rota from `since` to `until` (the last day; null: until further notice). The cycle's day",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Swap",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "shift",
                    fields.ForeignKeyField(
                        "models.Shift",
                        source_field="shift_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="swaps",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "back",
                    fields.ForeignKeyField(
                        "models.Shift",
                        source_field="back_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="back_swaps",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "giver",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="giver_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="swaps_given",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "taker",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="taker_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="swaps_taken",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("what", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("state", fields.CharField(default="offered", max_length=10)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_by", fields.CharField(null=True, max_length=32)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revision", fields.IntField(default=1)),
            ],
            options={
                "table": "schedule_swaps",
                "app": "models",
                "indexes": [Index(fields=["state", "id"])],
                "pk_attr": "id",
                "table_description": "A shift that `giver` offers to `taker`, in return for the shift `back` if there is one. `state`: offered, agreed,",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="Shift",
            options={
                "table": "schedule_shifts",
                "app": "models",
                "indexes": [Index(fields=["member_id", "starts_at"])],
                "pk_attr": "id",
                "table_description": "A planned shift and what came of it. Planned times: the rota; actual ones: what the person pressed. `rota` is the",
            },
        ),
        ops.AddField(
            model_name="Shift",
            name="rota",
            field=fields.ForeignKeyField(
                "models.Rota",
                source_field="rota_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="shifts",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.RunSQL(CONSTRAINTS),
    ]

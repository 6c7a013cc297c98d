from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    """Private links, uploads in pieces; a contact's e-mail address, and whether anybody proved who they are."""

    dependencies = [("models", "0005_outside")]

    initial = False

    operations = [
        ops.CreateModel(
            name="FollowLink",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("salt", fields.CharField(max_length=32)),
                ("key", fields.CharField(null=True, unique=True, max_length=64)),
                ("order_id", fields.BigIntField(null=True, db_index=True)),
                ("request_id", fields.BigIntField(null=True, db_index=True)),
                ("contact_id", fields.BigIntField(null=True)),
                ("name", fields.CharField(default="", max_length=200)),
                ("locale", fields.CharField(default="ru", max_length=8)),
                ("origin", fields.CharField(max_length=8)),
                ("sender", fields.CharField(default="", max_length=32)),
                ("consent", fields.CharField(default="", max_length=16)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("seen_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "guests_links",
                "app": "models",
                "indexes": [Index(fields=["sender", "created_at"]), Index(fields=["created_at"])],
                "pk_attr": "id",
                "table_description": "One person's private link to one order, or to a request that may become one. The secret is made of `salt` and",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FollowPost",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("link_id", fields.BigIntField()),
                ("key", fields.CharField(max_length=64)),
            ],
            options={
                "table": "guests_posts",
                "app": "models",
                "unique_together": (("link_id", "key"),),
                "pk_attr": "id",
                "table_description": "What a page sent by a link and we did: a repeated post with the same key is nothing.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GuestUpload",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("name", fields.CharField(default="", max_length=200)),
                ("size", fields.IntField()),
                ("sender", fields.CharField(max_length=32)),
                ("file_id", fields.BigIntField(null=True)),
                ("created_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "guests_uploads",
                "app": "models",
                "indexes": [Index(fields=["sender", "created_at"])],
                "pk_attr": "id",
                "table_description": "A file that comes in pieces over a bad line. `size` in bytes; `file_id` once it is whole and was let in.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GuestPiece",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "upload",
                    fields.ForeignKeyField(
                        "models.GuestUpload",
                        source_field="upload_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="pieces",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("start", fields.IntField()),
                ("data", fields.BinaryField()),
            ],
            options={
                "table": "guests_pieces",
                "app": "models",
                "unique_together": (("upload", "start"),),
                "pk_attr": "id",
                "table_description": "A piece of an upload, `start` bytes from its beginning.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Contact",
            name="email",
            field=fields.CharField(null=True, db_index=True, max_length=254),
        ),
        ops.AddField(model_name="Contact", name="guest", field=fields.BooleanField(null=True)),
        ops.RunSQL("UPDATE customers_contacts SET email = '', guest = false"),
        ops.AlterField(
            model_name="Contact",
            name="email",
            field=fields.CharField(default="", db_index=True, max_length=254),
        ),
        ops.AlterField(model_name="Contact", name="guest", field=fields.BooleanField(default=False)),
    ]

"""Private links of people who have no messenger, and what they send in pieces."""

from tortoise import fields

from core.kernel.model import Model


class FollowLink(Model):
    """One person's private link to one order, or to a request that may become one. The secret is made of `salt` and
    `NARYAD_SECRET`, so that our letters can name it again and a stolen database can't; `digest` finds it. `key` is the
    sender's own name of what they sent, so that a second copy is nothing. `sender`: the address it came from, hashed.
    `origin`: form or desk. `consent` is the version of the text that was agreed to. `seen_at`: when it was opened
    last."""

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(64, unique=True)
    salt = fields.CharField(32)
    key = fields.CharField(64, unique=True, null=True)
    order_id = fields.BigIntField(null=True, db_index=True)
    request_id = fields.BigIntField(null=True, db_index=True)
    contact_id = fields.BigIntField(null=True)
    name = fields.CharField(200, default="")
    locale = fields.CharField(8, default="ru")
    origin = fields.CharField(8)
    sender = fields.CharField(32, default="")
    consent = fields.CharField(16, default="")
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "guests_links"
        indexes = (("sender", "created_at"), ("created_at",))


class FollowPost(Model):
    """What a page sent by a link and we did: a repeated post with the same key is nothing."""

    id = fields.BigIntField(primary_key=True)
    link_id = fields.BigIntField()
    key = fields.CharField(64)

    class Meta:
        table = "guests_posts"
        unique_together = (("link_id", "key"),)


class GuestUpload(Model):
    """A file that comes in pieces over a bad line. `size` in bytes; `file_id` once it is whole and was let in."""

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(64, unique=True)
    name = fields.CharField(200, default="")
    size = fields.IntField()
    sender = fields.CharField(32)
    file_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "guests_uploads"
        indexes = (("sender", "created_at"),)


class GuestPiece(Model):
    """A piece of an upload, `start` bytes from its beginning."""

    id = fields.BigIntField(primary_key=True)
    upload = fields.ForeignKeyField("models.GuestUpload", related_name="pieces", on_delete=fields.CASCADE)
    upload_id: int
    start = fields.IntField()
    data = fields.BinaryField()

    class Meta:
        table = "guests_pieces"
        unique_together = (("upload", "start"),)

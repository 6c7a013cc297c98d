"""Bytes and their proofs. The bytes themselves lie in the storage under their sha256."""

from tortoise import fields

from core.kernel.model import Model


class File(Model):
    """`kind`: photo, video, voice, audio, document, signature, act. `sha256` is null until the bytes were
    fetched (`origin` says where from: bot and file_id). `taken_*` come from EXIF, never from a compressed photo."""

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharField(16)
    name = fields.CharField(200, default="")
    mime = fields.CharField(100, default="")
    size = fields.BigIntField(default=0)
    sha256 = fields.CharField(64, null=True, db_index=True)
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    taken_at = fields.DatetimeField(null=True)
    taken_lat = fields.FloatField(null=True)
    taken_lon = fields.FloatField(null=True)
    origin = fields.CharField(16, null=True)
    origin_id = fields.CharField(200, null=True)
    error = fields.CharField(64, null=True)
    created_by = fields.CharField(32)
    created_at = fields.DatetimeField()

    class Meta:
        table = "files_files"


class BotCopy(Model):
    """`key` is Telegram's `file_id`: one bot can send a file again by it without the bytes."""

    id = fields.BigIntField(primary_key=True)
    file = fields.ForeignKeyField("models.File", related_name="copies", on_delete=fields.CASCADE)
    file_id: int
    bot = fields.CharField(16)
    key = fields.CharField(200)

    class Meta:
        table = "files_bot_copies"
        unique_together = (("file", "bot"),)


class UploadLink(Model):
    """A one-time page for what a messenger can't carry (over 20 MB). Only the digest of its token is kept."""

    id = fields.BigIntField(primary_key=True)
    token_digest = fields.CharField(64, unique=True)
    purpose = fields.CharField(32)
    subject_id = fields.BigIntField()
    party = fields.CharField(32)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "files_upload_links"

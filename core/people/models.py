"""Members of the desk, what they may do and what they can do."""

from tortoise import fields

from core.kernel.model import Model


class Role(Model):
    """A named set of permissions. `code`: admin, dispatcher, technician, or the company's own."""

    id = fields.IntField(primary_key=True)
    code = fields.CharField(32, unique=True)
    name: dict = fields.JSONField()

    class Meta:
        table = "people_roles"


class Permission(Model):
    """One permission of one role; the codes are listed in `people/rules.py`."""

    id = fields.IntField(primary_key=True)
    role = fields.ForeignKeyField("models.Role", related_name="permissions", on_delete=fields.CASCADE)
    role_id: int
    code = fields.CharField(64)

    class Meta:
        table = "people_permissions"
        unique_together = (("role", "code"),)


class Area(Model):
    """A part of the map: a circle. `radius` in km."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(100, unique=True)
    lat = fields.FloatField()
    lon = fields.FloatField()
    radius = fields.FloatField()

    class Meta:
        table = "people_areas"


class Skill(Model):
    id = fields.IntField(primary_key=True)
    code = fields.CharField(32, unique=True)
    name: dict = fields.JSONField()

    class Meta:
        table = "people_skills"


class Member(Model):
    """A person of the company: staff card and account in one. `hourly_rate` in roubles; `home_*` is where the day
    starts. `on_duty_at` is when the running shift began (null: off duty). A `contractor` is somebody from outside, of
    the company `firm` (empty: for themselves); `by_bot`: they take jobs by the bot, else by telephone."""

    id = fields.BigIntField(primary_key=True)
    role = fields.ForeignKeyField("models.Role", related_name="members", on_delete=fields.RESTRICT)
    role_id: int
    name = fields.CharField(200)
    phone = fields.CharField(20, default="", db_index=True)
    post = fields.CharField(100, default="")
    locale = fields.CharField(8, default="ru")
    zone = fields.CharField(64, default="Europe/Moscow")
    hourly_rate = fields.DecimalField(10, 2, default=0)
    home_lat = fields.FloatField(null=True)
    home_lon = fields.FloatField(null=True)
    rating = fields.FloatField(null=True)
    active = fields.BooleanField(default=True)
    contractor = fields.BooleanField(default=False, db_default=False)
    firm = fields.CharField(200, default="", db_default="")
    by_bot = fields.BooleanField(default=True, db_default=True)
    on_duty_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    areas = fields.ManyToManyField("models.Area", related_name="members", through="people_member_areas")

    class Meta:
        table = "people_members"


class MemberSkill(Model):
    """Level 1 (helps) to 5 (teaches)."""

    id = fields.BigIntField(primary_key=True)
    member = fields.ForeignKeyField("models.Member", related_name="skills", on_delete=fields.CASCADE)
    member_id: int
    skill = fields.ForeignKeyField("models.Skill", related_name="holders", on_delete=fields.CASCADE)
    skill_id: int
    level = fields.SmallIntField(default=3)

    class Meta:
        table = "people_member_skills"
        unique_together = (("member", "skill"),)


class CertificateKind(Model):
    """A permit or certificate that people may hold, «Допуск до 1000 В»."""

    id = fields.IntField(primary_key=True)
    code = fields.CharField(32, unique=True)
    name: dict = fields.JSONField()

    class Meta:
        table = "people_certificate_kinds"


class Certificate(Model):
    """A person's certificate, valid through `expires_on` (null: for ever). A renewed one is a new row."""

    id = fields.BigIntField(primary_key=True)
    member = fields.ForeignKeyField("models.Member", related_name="certificates", on_delete=fields.CASCADE)
    member_id: int
    kind = fields.ForeignKeyField("models.CertificateKind", related_name="held", on_delete=fields.RESTRICT)
    kind_id: int
    number = fields.CharField(50, default="")
    expires_on = fields.DateField(null=True)

    class Meta:
        table = "people_certificates"
        indexes = (("member_id",),)


class Equipment(Model):
    """A kind of tool or vehicle that people have with them. `what`: tool, vehicle."""

    id = fields.IntField(primary_key=True)
    what = fields.CharField(8)
    code = fields.CharField(32, unique=True)
    name: dict = fields.JSONField()

    class Meta:
        table = "people_equipment"


class MemberEquipment(Model):
    id = fields.BigIntField(primary_key=True)
    member = fields.ForeignKeyField("models.Member", related_name="equipment", on_delete=fields.CASCADE)
    member_id: int
    equipment = fields.ForeignKeyField("models.Equipment", related_name="holders", on_delete=fields.CASCADE)
    equipment_id: int

    class Meta:
        table = "people_member_equipment"
        unique_together = (("member", "equipment"),)


class Account(Model):
    """A person of Telegram that was matched to a party (`member:12` or `contact:5`) in one bot."""

    id = fields.BigIntField(primary_key=True)
    bot = fields.CharField(16)
    user_id = fields.BigIntField()
    party = fields.CharField(32, db_index=True)
    linked_at = fields.DatetimeField()

    class Meta:
        table = "people_accounts"
        unique_together = (("bot", "user_id"),)


class Invite(Model):
    """A one-time link. `purpose`: admin, member, contact, web. `party` is who its user becomes (null for admin)."""

    id = fields.BigIntField(primary_key=True)
    purpose = fields.CharField(16)
    token_digest = fields.CharField(64, unique=True)
    party = fields.CharField(32, null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "people_invites"


class WebSession(Model):
    """A member signed in on the admin page."""

    id = fields.BigIntField(primary_key=True)
    member = fields.ForeignKeyField("models.Member", related_name="sessions", on_delete=fields.CASCADE)
    member_id: int
    token_digest = fields.CharField(64, unique=True)
    agent = fields.CharField(200, default="")
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "people_web_sessions"


class Consent(Model):
    """A person agreed to the processing of personal data: which text, when, in which bot."""

    id = fields.BigIntField(primary_key=True)
    bot = fields.CharField(16)
    user_id = fields.BigIntField(db_index=True)
    text_version = fields.CharField(16)
    given_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "people_consents"

"""The technician bot as a whole: importing this fills `routes` and `SCREENS`."""

from bot.shared import screens as shared_screens
from bot.shared.profile import Profile, commands, profile
from bot.technician import (
    anything,
    checklist,
    comment,
    crew,
    days_off,
    files,
    finish,
    job,
    lines,
    my_day,
    offer,
    photos,
    rota,
    settings,
    sign,
    start,
    stock,
    swaps,
    talk,
    travel,
)
from bot.technician.routes import routes
from bot.technician.screens import checklist as checklist_screens
from bot.technician.screens import day, home, notices, report
from bot.technician.screens import files as files_screens
from bot.technician.screens import finish as finish_screens
from bot.technician.screens import job as job_screens
from bot.technician.screens import offer as offer_screens
from bot.technician.screens import rota as rota_screens

COMMANDS: dict[str, list[tuple[str, str]]] = commands(
    "technician", ("job", "day", "rota", "stock", "archive", "shift", "settings", "help")
)
PROFILE: dict[str, Profile] = profile("technician")

__all__ = [
    "COMMANDS",
    "PROFILE",
    "anything",
    "checklist",
    "checklist_screens",
    "comment",
    "crew",
    "day",
    "days_off",
    "files",
    "files_screens",
    "finish",
    "finish_screens",
    "home",
    "job",
    "job_screens",
    "lines",
    "my_day",
    "notices",
    "offer",
    "offer_screens",
    "photos",
    "report",
    "rota",
    "rota_screens",
    "routes",
    "settings",
    "shared_screens",
    "sign",
    "start",
    "stock",
    "swaps",
    "talk",
    "travel",
]

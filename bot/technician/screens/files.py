"""What the customer sent, what came by an upload link, and the plan of the floor."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared.screens import file_name
from bot.shared.voice import line, voice
from bot.view import Media, View

Facts = dict[str, Any]
SEEN = ("photo", "video")


@screen("technician.files")
def files(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Pictures first, so that they share albums; the way back to the job below."""
    v, found = voice(locale, zone), facts["files"]
    found = sorted(found, key=lambda file: file["kind"] not in SEEN)
    text = v("technician.files", number=facts["number"]) if found else v("technician.files.none")
    rows = ((v.button("technician.to_job", "job.open", facts["job_id"]),),)
    return View(text, media=tuple(Media(file["id"], file["kind"]) for file in found), rows=rows)


@screen("technician.plan")
def plan(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The plan with a ring around each machine of the job."""
    v, names = voice(locale, zone), [line(label, 60) for label in facts["labels"][:5]]
    text = v("technician.plan", number=facts["number"], plan=line(facts["plan"], 100), things=", ".join(names))
    rows = ((v.button("technician.to_job", "job.open", facts["job_id"]),),)
    return View(text, media=(Media(facts["file_id"]),), rows=rows)


@screen("technician.uploaded")
def uploaded(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, job_id = voice(locale, zone), facts.get("job_id")
    text = v(f"technician.uploaded.{facts['where']}", name=file_name(v, facts["file"]), number=facts["number"])
    return View(text, rows=((v.button("technician.to_job", "job.open", job_id),),) if job_id else ())

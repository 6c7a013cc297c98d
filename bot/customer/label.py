"""What was recognised or came after the message was answered: a machine's label on a photo, a file by a link. One press
puts it into the order that is being drafted, or begins one."""

from bot.customer.identity import known, me
from bot.customer.my_orders import pressed
from bot.customer.questions import ask, draft_of, new_draft
from bot.customer.routes import routes
from bot.shared.paging import number
from bot.turn import Turn
from core.assets.queries import asset_view
from core.files.queries import own_file
from core.overview.dossier import lies_in_an_order


@routes.press("new.label")
@known
async def order_for(turn: Turn) -> None:
    """The id is the machine's, the extra the photo's. A photo that went into an order meanwhile is left there."""
    asset_id, file_id = pressed(turn)
    asset = await asset_view(me(turn), asset_id)
    draft = draft_of(turn) or await new_draft(turn)
    draft.choose_asset(asset, {"id": asset.site_id, "name": asset.site, "address": asset.address})
    photo = await own_file(me(turn).party, number(file_id))
    if not await lies_in_an_order(photo.id):
        draft.add_file(photo.id, photo.kind)
    await ask(turn, draft, "scanned")


@routes.press("new.file")
@known
async def order_with(turn: Turn) -> None:
    """The id is the file's."""
    file_id, _ = pressed(turn)
    file = await own_file(me(turn).party, file_id)
    if await lies_in_an_order(file.id):
        turn.redraw("customer.new.gone", {})
        return
    draft = draft_of(turn) or await new_draft(turn)
    draft.add_file(file.id, file.kind)
    await ask(turn, draft, "files")

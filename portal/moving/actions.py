"""Bringing a folder of content into the portal, all or nothing, and taking everything out as such a folder."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from portal.accounts.audit import record
from portal.db import action, db, violated
from portal.moving.files import Wrong, entries, write
from portal.moving.kinds import KINDS


@action
def import_content(folder: Path, now: datetime) -> dict[str, int]:
    """Add what the portal does not have yet; how much of each kind. What it has is left as it is, but for the menu, which is
    taken as a whole. Running it again adds nothing.

    Raises `Wrong` with file and line; then nothing has been added.
    """
    known = {kind.folder for kind in KINDS}
    for path in sorted(folder.rglob("*.md")):
        name = path.relative_to(folder)
        if name.parts[0] not in known or len(name.parts) == 1:
            raise Wrong(
                name.as_posix(), None, f"nobody knows this place; known are: {', '.join(sorted(known))}"
            )
    added = {}
    for kind in KINDS:
        try:
            added[kind.folder] = kind.bring(list(entries(folder, kind.folder)), now)
            db.session.flush()
        except IntegrityError as error:
            raise Wrong(kind.folder, None, f"the database refuses it: {violated(error)}") from None
    record(None, "content_imported", "content", None, now)
    return added


def export_content(folder: Path) -> int:
    """Write everything into an empty or new folder; how many files. Raises `FileExistsError` when something is there."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(str(folder))
    count = 0
    for kind in KINDS:
        for entry in kind.export():
            write(folder, entry)
            count += 1
    return count

"""What moves, in the order in which one kind of content may need another."""

from portal.moving.facts import FACTS
from portal.moving.frame import FRAME
from portal.moving.media import MEDIA
from portal.moving.statements import STATEMENTS
from portal.moving.texts import TEXTS

KINDS = (MEDIA, *FACTS, *TEXTS, STATEMENTS, *FRAME)

"""What goes along with a file."""

from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField
from wtforms.validators import ValidationError

from portal.web.forms import Area, Form, Line, RowForm, at_most, required


class Upload(FileField):
    """A file, as it lies on the disk until the request is over."""

    @property
    def path(self) -> Path | None:
        """Where it lies; None when none was chosen."""
        return Path(self.data.stream.name) if self.data else None


class DocumentWords(Form):
    """What a PDF is called, and everything else."""

    title = Line(_l("Title"), validators=[required(_l("Enter a title")), at_most(200)])


class ImageWords(DocumentWords):
    """A picture says in words what it shows, or that it shows nothing (R24)."""

    alt = Line(_l("What the picture shows"), validators=[at_most(500)])
    is_decorative = BooleanField(_l("The picture is only decoration"))

    def validate_alt(self, field: Line) -> None:
        """Either words or the tick."""
        if bool(field.data) == bool(self.is_decorative.data):
            raise ValidationError(_("Write what the picture shows, or tick that it is only decoration"))


class FilmWords(DocumentWords):
    """What makes a film accessible to everybody."""

    captions = Upload(_l("Captions (WebVTT)"))
    is_pjm = BooleanField(_l("The film is in Polish Sign Language (PJM)"), default=True)
    transcript = Area(_l("What is said in the film, as text"), validators=[at_most(20_000)])


class FileForm(DocumentWords):
    """A file and its title."""

    file = Upload(_l("File"))

    def validate_file(self, field: Upload) -> None:
        """There is one."""
        if not field.data:
            raise ValidationError(_("Choose a file"))

    def words(self) -> dict[str, Any]:
        """What is said of the file, by column."""
        return {field.name: field.data for field in self if field.name not in self.not_words}

    not_words = frozenset({"file", "captions", "poster", "csrf_token"})


class DocumentForm(FileForm):
    """A PDF."""


class ImageForm(FileForm, ImageWords):
    """A picture."""


class FilmForm(FileForm, FilmWords):
    """A film."""

    poster = Upload(_l("Picture shown before the film starts"))


class DocumentWordsForm(RowForm, DocumentWords):
    """What is said of a PDF, once more."""


class ImageWordsForm(RowForm, ImageWords):
    """What is said of a picture, once more."""


class FilmWordsForm(RowForm, FilmWords):
    """What is said of a film, once more."""

    def _columns(self) -> list[Any]:
        return [field for field in super()._columns() if field is not self.captions]


class FilesForm(Form):
    """A film, and a picture or PDF, that come along with a text."""

    film = Upload(_l("Film (MP4 or WebM)"))
    is_pjm = BooleanField(_l("The film is in Polish Sign Language (PJM)"), default=True)
    attachment = Upload(_l("Picture or PDF"))
    attachment_title = Line(_l("What the picture shows, or what the PDF is"), validators=[at_most(200)])

    def validate_attachment_title(self, field: Line) -> None:
        """No picture without words (R24), no file without a name (R12)."""
        if self.attachment.data and not field.data:
            raise ValidationError(_("Write in a few words what it is: people who cannot see it read this"))

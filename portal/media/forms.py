"""What goes along with a file."""

from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectMultipleField
from wtforms.validators import ValidationError

from portal.media.models import Medium, media_numbered
from portal.typography import typography
from portal.web.forms import Area, Form, Line, RowForm, at_most, choices, number_in, required, row_number


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

    poster = Upload(_l("Picture shown before the film starts"))
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
        words = (field for field in self if not isinstance(field, Upload) and field.name != "csrf_token")
        return {field.name: field.data for field in words}


class DocumentForm(FileForm):
    """A PDF."""


class ImageForm(FileForm, ImageWords):
    """A picture."""


class FilmForm(FileForm, FilmWords):
    """A film."""


class DocumentWordsForm(RowForm, DocumentWords):
    """What is said of a PDF, once more."""


class ImageWordsForm(RowForm, ImageWords):
    """What is said of a picture, once more."""


class FilmWordsForm(RowForm, FilmWords):
    """What is said of a film, once more."""

    def _columns(self) -> list[Any]:
        return [field for field in super()._columns() if not isinstance(field, Upload)]


class Brought(SelectMultipleField):
    """The numbers of files that came with an earlier try and are still there."""

    data: Any

    def __init__(self, label: Any, **bound: Any) -> None:
        super().__init__(label, coerce=row_number, choices=[], validate_choice=False, **bound)

    def process_formdata(self, valuelist: list[Any]) -> None:
        numbers = [number for value in valuelist if (number := number_in(value))]
        self.data = []
        for medium in media_numbered(numbers):
            self.add(medium)

    def add(self, medium: Medium) -> None:
        """This one is there too, and ticked."""
        self.data = [*(self.data or []), medium.id]
        self.choices = [*(self.choices or []), *choices([(medium.id, typography(medium.title))])]


class FilesForm(Form):
    """A film, and a picture or PDF, that come along with a text; the form has the title of the text."""

    ends_with: tuple[str, ...] = ("film", "captions", "is_pjm", "attachment", "attachment_title")
    film = Upload(_l("Film (MP4 or WebM)"))
    captions = Upload(_l("Captions of the film (WebVTT)"))
    is_pjm = BooleanField(_l("The film is in Polish Sign Language (PJM)"), default=True)
    attachment = Upload(_l("Picture or PDF"))
    attachment_title = Line(_l("What the picture shows, or what the PDF is"), validators=[at_most(200)])
    brought = Brought(_l("Files that have come already"))

    def forget(self, field: str) -> None:
        """The file in this field has been kept, and what belongs to it: it need not be chosen again."""
        for name in ("film", "captions") if field == "film" else (field,):
            self[name].data = None

    @property
    def is_forgotten(self) -> bool:
        """Whether a file was chosen that is not kept: browsers do not send it again by themselves."""
        return any(self[name].data for name in ("film", "captions", "attachment"))

    def validate_captions(self, field: Upload) -> None:
        """They belong to a film."""
        if field.data and not self.film.data:
            raise ValidationError(_("Choose the film too that these captions belong to"))

    def validate_attachment_title(self, field: Line) -> None:
        """No picture without words (R24), no file without a name (R12)."""
        if self.attachment.data and not field.data:
            raise ValidationError(_("Write in a few words what it is: people who cannot see it read this"))

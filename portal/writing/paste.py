"""What a clipboard holds, as clean Markdown."""

import re

from portal.writing.from_html import text_of
from portal.writing.tidy import tidy

LETTERS = re.compile(r"[^\W\d_]+")
ADDRESS = re.compile(r"\]\([^)]{0,2000}\)")


def pasted(text: str, html: str = "") -> str:
    """The pasted text as clean Markdown. Its HTML is used when it says the same words as the plain text: it knows headings, lists
    and links for certain. The words of the plain text are what counts; not one is lost."""
    marked = text_of(html) if html else ""
    same = marked and LETTERS.findall(ADDRESS.sub("", marked)) == LETTERS.findall(text)
    return tidy(marked if same else text)

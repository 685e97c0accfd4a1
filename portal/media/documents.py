"""Looks into a PDF as its readers see it: every object, however it is packed. Run as a process of its own,
`python -m portal.media.documents SOURCE`: whatever a hostile document does, it does there (S26)."""

import logging
import resource
import sys
from collections.abc import Iterator
from itertools import chain
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, NullObject

from portal.media.content import DANGEROUS
from portal.media.storing import ACTIVE

MEBIBYTE = 1024 * 1024
NAMES = {name.decode() for name in DANGEROUS}
HIDDEN = 5


def main(source: str) -> None:
    """End with 4 when the document runs, starts, carries or sends something, with another number when not all of it can be seen."""
    resource.setrlimit(resource.RLIMIT_AS, (1024 * MEBIBYTE, 1024 * MEBIBYTE))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    logging.disable()
    with PdfReader(source) as reader:
        if reader.is_encrypted:
            sys.exit(HIDDEN)
        if any(NAMES.intersection(_names(thing)) for thing in chain([reader.trailer], _objects(reader))):
            sys.exit(ACTIVE)


def _objects(reader: PdfReader) -> Iterator[Any]:
    """Every object that the document has, also within packed parts; the end of the program when one of these cannot be read."""
    for generation, numbers in reader.xref.items():
        for number in numbers:
            yield reader.get_object(IndirectObject(number, generation, reader))
    for number in reader.xref_objStm:
        thing = reader.get_object(IndirectObject(number, 0, reader))
        if thing is None or isinstance(thing, NullObject):
            sys.exit(HIDDEN)
        yield thing


def _names(thing: Any) -> Iterator[str]:
    """All names in an object, without what it points at: that is an object too."""
    left = [thing]
    while left:
        one = left.pop()
        if isinstance(one, DictionaryObject):
            yield from one
            left += [one.raw_get(name) for name in one]
        elif isinstance(one, ArrayObject):
            left += list(one)
        elif isinstance(one, NameObject):
            yield one


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Plain text pasted from Word or from another site becomes clean Markdown.

Headings, lists and paragraphs are told by how the lines look, and broken lines are joined. No word is lost, added or moved.
What is Markdown already stays: tidying twice changes nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
BULLET = re.compile(r"(?:[•·∙●○◦▪■□►▶»›‣⁃✓✔➢\uf0a7\uf0b7*+-]|o(?=\t))\s+(?=\S)")
ALONE = re.compile(r"\s*[•·●○▪■►»›–—*+-]")
DASH = re.compile(r"[–—]\s+(?=\S)")
NUMBER = re.compile(r"(\d{1,2})[.)]\s+(?=\S)")
LETTER = re.compile(r"(?=[a-z]\)\s+\S)")
DAY = re.compile(
    r"\d{1,2}\.\s+(?:stycz|lut|mar[ce]|kwie|maj|czerw|lip|sierp|wrze|paźdz|listop|grud|edycj|roku\b)"
)
HEADING = re.compile(r"(#{1,6})\s+(?=\S)")
RAW = re.compile(r"[>|]|```|~~~")
MISREAD = re.compile(r"^(\d{1,9})(?=[.)]\s)|^(?=\[[^\]]*\]:)")
ENDED = re.compile(r"[.!?:;…][”\")]?$")
UNFINISHED = re.compile(
    r"(?:[,(–-]|\b(?:[aiouwz]|na|do|od|po|za|ze|we|oraz|lub|albo|nr|ul\.|godz\.|art\.))$", re.IGNORECASE
)
NOT_A_TITLE = re.compile(
    r"(?:jeśli|jeżeli|gdy|kiedy|aby|żeby|pan|pani)\b|.*(?:[.,;!)…]$|\d{5}|\d \d\d \d|\d ?[:–-] ?\d|@|https?:|www\.)",
    re.IGNORECASE,
)
LONGEST_TITLE, MOST_WORDS, MOST_WORDS_WITH_COLON = 75, 9, 4
WRAPPED_AT, WRAPPED_EVENLY, WORTH_JOINING = range(50, 111), 0.6, 60


@dataclass(frozen=True)
class Line:
    """A line of the pasted text: how far it is indented, its sign when it begins an item, and its words."""

    indent: int
    sign: str
    words: str


@dataclass
class Block:
    """A `heading`, `paragraph` or `item` on one line, or `raw` Markdown; `level` is how deep an item lies, in spaces."""

    kind: str
    text: str
    sign: str = ""
    level: int = 0


def tidy(text: str) -> str:
    """The text as clean Markdown."""
    blocks: list[Block] = []
    for chunk in _chunks(text):
        blocks += _blocks(chunk)
    _find_headings(blocks)
    return _written(blocks)


def _chunks(text: str) -> Iterator[list[str]]:
    """Runs of lines without an empty one between."""
    plain = INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [
        re.sub(r"[^\S\t]", " ", line).rstrip()
        for line in re.split(r"[\n\v\f\x1c-\x1e\x85\u2028\u2029]", plain)
    ]
    chunk: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            chunk.append(line)
        elif chunk:
            yield list(_with_their_signs(chunk))
            chunk = []


def _with_their_signs(chunk: Sequence[str]) -> Iterator[str]:
    """A sign that stands alone belongs to the next line."""
    waiting = ""
    for line in chunk:
        if ALONE.fullmatch(line):
            waiting += f"{line.strip() if waiting else line} "
        else:
            yield waiting + (line.strip() if waiting else line)
            waiting = ""
    if waiting:
        yield waiting.rstrip()


def _blocks(chunk: list[str]) -> list[Block]:
    if RAW.match(chunk[0].lstrip()):
        return [Block("raw", "\n".join(line.strip() for line in chunk))]
    lines = list(_read(chunk))
    is_wrapped = _is_wrapped([line.words for line in lines if not line.sign])
    blocks: list[Block] = []
    for line, before in zip(lines, [None, *lines], strict=False):
        if line.sign or not blocks or before is None or blocks[-1].kind == "heading":
            blocks.append(_begun(line))
        elif _continues(line, before.words, in_item=blocks[-1].kind == "item", is_wrapped=is_wrapped):
            blocks[-1].text = _joined(blocks[-1].text, line.words)
        else:
            blocks.append(_begun(line))
    return blocks


def _read(chunk: Sequence[str]) -> Iterator[Line]:
    is_list = sum(bool(DASH.match(line.lstrip()) or NUMBER.match(line.lstrip())) for line in chunk) > 1
    before, sign = "", ""
    for line in chunk:
        stripped = line.lstrip()
        begins = bool(is_list or sign or not before or ENDED.search(before) or before.endswith(","))
        sign, words = _sign(stripped, begins=begins)
        yield Line(len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()), sign, " ".join(words.split()))
        before = words


def _sign(line: str, *, begins: bool) -> tuple[str, str]:
    """What stands before an item or a heading in Markdown, and the rest. A dash or a number may also stand inside a sentence."""
    if found := HEADING.match(line):
        return found[1], line[found.end() :]
    if found := BULLET.match(line) or (DASH.match(line) if begins else None):
        return "-", line[found.end() :]
    if LETTER.match(line):
        return "-", line
    if (found := NUMBER.match(line)) and begins and not DAY.match(line):
        return f"{found[1]}.", line[found.end() :]
    return "", line


def _begun(line: Line) -> Block:
    kind = "paragraph" if not line.sign else "heading" if line.sign[0] == "#" else "item"
    return Block(kind, line.words, line.sign, line.indent if kind == "item" else 0)


def _continues(line: Line, before: str, *, in_item: bool, is_wrapped: bool) -> bool:
    """Whether a line goes on with the sentence or the paragraph of the one before."""
    if line.words[0].islower() or DASH.match(line.words) or UNFINISHED.search(before) or is_wrapped:
        return True
    is_open = not ENDED.search(before)
    return is_open and (
        (in_item and line.indent > 0) or (len(before) >= WORTH_JOINING and line.words[0].isdigit())
    )


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether a program has broken the lines at one width."""
    *full, last = map(len, lines or [""])
    if not full or max(full) not in WRAPPED_AT or min(full) < WRAPPED_EVENLY * max(full) or last > max(full):
        return False
    return len(full) > 1 or (full[0] >= WORTH_JOINING and not ENDED.search(lines[0]))


def _joined(begun: str, more: str) -> str:
    """Two lines as one; a word that was broken at its hyphen closes up."""
    closes = re.fullmatch(r"\w-", begun[-2:]) and more[0].islower()
    return f"{begun}{'' if closes else ' '}{more}"


def _find_headings(blocks: list[Block]) -> None:
    for block, following in pairwise(blocks):
        if block.kind == "paragraph" and _is_heading(block.text, following):
            block.kind, block.sign, block.text = "heading", "##", block.text.removesuffix(":").rstrip()


def _is_heading(text: str, following: Block) -> bool:
    if not _looks_like_title(text) or following.kind not in {"paragraph", "item"}:
        return False
    if text.endswith(":"):
        return len(text.split()) <= MOST_WORDS_WITH_COLON
    return following.kind == "item" or not _looks_like_title(following.text) or following.text.endswith(":")


def _looks_like_title(text: str) -> bool:
    is_short = len(text) <= LONGEST_TITLE and len(text.split()) <= MOST_WORDS
    return is_short and text[0].isupper() and not NOT_A_TITLE.match(text)


def _written(blocks: Sequence[Block]) -> str:
    parts: list[str] = []
    depths: list[
        tuple[int, int]
    ] = []  # the items that are open: how far they were indented, how far their words are
    for block, following in zip_longest(blocks, blocks[1:]):
        if block.kind == "item":
            while depths and depths[-1][0] + 1 >= block.level:
                depths.pop()
            before = depths[-1][1] if depths else 0
            parts.append(f"{' ' * before}{block.sign} {block.text}")
            depths.append((block.level, before + len(block.sign) + 1))
        else:
            depths.clear()
            parts.append(f"{block.sign} {block.text}" if block.kind == "heading" else _escaped(block))
        if following:
            parts.append("\n" if block.kind == following.kind == "item" else "\n\n")
    return "".join(parts)


def _escaped(block: Block) -> str:
    """A paragraph that would begin as something else in Markdown."""
    return block.text if block.kind == "raw" else MISREAD.sub(r"\1\\", block.text)

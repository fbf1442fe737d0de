"""The documents as the tests see them: files, headings, links and fenced blocks."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs"


def documents() -> list[Path]:
    """List what is written for readers: `docs/` and the files at the root."""
    return sorted([*FOLDER.rglob("*.md"), *ROOT.glob("*.md")])


def without_code(text: str) -> str:
    """Blank out fenced blocks and code, in which brackets are no links."""
    return re.sub(r"`[^`\n]*`", "``", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(document: Path) -> set[str]:
    """Name the anchors that the headings of a document make."""
    headings = re.findall(r"^#+ (.*)$", without_code(document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    document: Path
    language: str
    text: str


def blocks(*languages: str) -> list[Block]:
    """List the fenced blocks in some languages."""
    fence = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [
        Block(document, language, text)
        for document in documents()
        for language, text in fence.findall(document.read_text())
        if language in languages
    ]

"""The guides, the glossary and the pictures against the rules that answers rely on."""

import re
from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

CORPUS = Path(str(files("askpanda_corpus")))
GUIDES = sorted((CORPUS / "guides").glob("*.md"))
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
FIELDS = {"title", "summary", "audience", "keywords", "sources", "as_of"}
AUDIENCES = {"user", "shifter", "developer"}
# Words of a title that say how it is asked, not what it is about.
SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "by",
        "for",
        "from",
        "how",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "that",
        "the",
        "this",
        "to",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "with",
        "my",
        "me",
        "i",
        "not",
        "do",
        "does",
    ]
)
SVG = "{http://www.w3.org/2000/svg}"


def front(path: Path) -> dict[str, Any]:
    match = FRONT_MATTER.match(path.read_text("utf-8"))
    assert match, f"{path.name} has no front matter"
    return yaml.safe_load(match[1])


def body(path: Path) -> str:
    return FRONT_MATTER.sub("", path.read_text("utf-8")).strip()


def prose(path: Path) -> str:
    """The guide's own sentences: no headings, no code."""
    text = re.sub(r"```.*?```", "\n", body(path), flags=re.DOTALL)
    return "\n".join(line for line in text.split("\n") if not line.startswith("#"))


def sentences(path: Path) -> list[str]:
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)", prose(path))
    found = []
    for block in blocks:
        line = re.sub(r"^\s*(?:[-*]|\d+\.)\s+", "", " ".join(block.split()))
        found += [piece.strip() for piece in re.split(r"(?<=[.!?])\s+(?=[A-Z`\"*])", line) if piece.strip()]
    return found


def stems(text: str) -> set[str]:
    """Words without their endings, roughly: a plural or a verb's form still meets its word."""
    return {
        re.sub(r"(?:ies|es|s|ing|ed|y|e)$", "", word) for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in SMALL
    }


def by_name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", GUIDES, ids=by_name)
def test_front_matter_is_complete(path):
    data = front(path)
    assert set(data) == FIELDS
    assert set(data["audience"]) <= AUDIENCES
    assert data["audience"]
    assert len(data["keywords"]) >= 4
    assert all(str(word).strip() for word in data["keywords"])
    assert data["sources"]
    assert all(isinstance(source, str) and source.strip() for source in data["sources"])
    assert not any(source.startswith("facts:") for source in data["sources"]), "a note that no reader has is no source"
    assert re.fullmatch(r"20\d\d-\d\d", str(data["as_of"]))
    assert data["summary"].endswith(".")
    assert len(sentences_of(data["summary"])) == 1


def sentences_of(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text.strip())


@pytest.mark.parametrize("path", GUIDES, ids=by_name)
def test_first_sentence_says_what_the_guide_is_about(path):
    title = front(path)["title"]
    assert body(path).startswith(f"# {title}\n\n")
    first = sentences(path)[0]
    assert stems(title) & stems(first), first
    assert stems(title) & stems(front(path)["summary"])
    assert 8 <= len(first.split()) <= 75, first


@pytest.mark.parametrize("path", GUIDES, ids=by_name)
def test_sections_are_long_enough_to_help_and_short_enough_to_find(path):
    pieces = re.split(r"^(#{1,3} .+)$", body(path), flags=re.MULTILINE)[1:]
    headings = pieces[0::2]
    assert headings[0].startswith("# ")
    assert sum(heading.startswith("# ") for heading in headings) == 1
    assert len(headings) == len(set(headings))
    assert len(headings) >= 3
    for heading, text in zip(headings, pieces[1::2], strict=True):
        assert 15 <= len(text.split()) <= 300, f"{heading}: {len(text.split())} words"
    assert len(body(path).split()) >= 200


def test_no_sentence_stands_in_two_guides():
    homes = defaultdict(set)
    for path in GUIDES:
        for sentence in sentences(path):
            if len(sentence.split()) >= 6:
                homes[sentence.lower()].add(path.name)
    assert {sentence: sorted(names) for sentence, names in homes.items() if len(names) > 1} == {}


def test_titles_and_summaries_are_unique():
    for field in ("title", "summary"):
        counts = Counter(str(front(path)[field]).lower() for path in GUIDES)
        assert [text for text, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("path", GUIDES, ids=by_name)
def test_text_is_plain_markdown(path):
    text = body(path)
    assert not re.search(r"<(?:script|img|iframe|a|div|span)\b", text)
    assert not re.search(r"!\[", text), "pictures are chosen by images.yaml"
    assert text.count("```") % 2 == 0
    assert not re.search(r"(?i)\b(?:todo|tbd|fixme|lorem)\b", text)
    assert "\u2014" not in text
    # A list item that names a thing explains it.
    for item in re.findall(r"^- \*\*[^*]+\*\*(.*)$", text, flags=re.MULTILINE):
        assert re.search(r"\w", item), item


def glossary() -> list[dict[str, Any]]:
    return yaml.safe_load((CORPUS / "glossary.yaml").read_text("utf-8"))


def test_glossary_terms_and_aliases_are_unique():
    names = Counter()
    for entry in glossary():
        assert set(entry) <= {"term", "aliases", "definition"}
        assert entry["definition"].endswith("."), entry["term"]
        assert len(entry["definition"].split()) >= 5, entry["term"]
        names.update({str(name).lower() for name in (entry["term"], *entry.get("aliases", []))})
        assert str(entry["term"]).lower() not in {str(alias).lower() for alias in entry.get("aliases", [])}
    assert [name for name, count in names.items() if count > 1] == []
    assert len(glossary()) >= 120


def test_a_glossary_definition_is_not_copied_between_terms():
    counts = Counter(entry["definition"] for entry in glossary())
    assert max(counts.values()) == 1


def images() -> list[dict[str, Any]]:
    return yaml.safe_load((CORPUS / "images" / "images.yaml").read_text("utf-8"))


def test_every_picture_is_described_and_every_description_has_its_picture():
    assert {image["name"] for image in images()} == {path.name for path in (CORPUS / "images").glob("*.svg")}
    for image in images():
        assert set(image) == {"name", "title", "alt", "topics"}
        assert len(image["alt"].split()) >= 15
        assert image["topics"]
        assert all(topic == topic.lower() for topic in image["topics"])


@pytest.mark.parametrize("path", sorted((CORPUS / "images").glob("*.svg")), ids=by_name)
def test_picture_is_plain_and_loads_nothing(path):
    root = ElementTree.fromstring(path.read_text("utf-8"))
    assert root.tag == f"{SVG}svg"
    width, height = (float(root.attrib[side]) for side in ("width", "height"))
    assert root.attrib["viewBox"].split() == ["0", "0", f"{width:g}", f"{height:g}"]
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")
    for element in root.iter():
        assert element.tag.removeprefix(SVG) not in {"script", "image", "use", "foreignObject", "style", "a", "animate", "set"}
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert not name.endswith("href")
            assert "url(" not in value or re.fullmatch(r"url\(#[\w-]+\)", value)
            assert "javascript:" not in value
            assert "//" not in value
    # Its own background, from edge to edge, so that dark pages do not swallow dark letters.
    background = root.find(f"{SVG}rect")
    assert background is not None
    assert background.attrib["fill"] == "#ffffff"
    assert float(background.attrib["width"]) >= width - 1
    assert float(background.attrib["height"]) >= height - 1


@pytest.mark.parametrize("path", sorted((CORPUS / "images").glob("*.svg")), ids=by_name)
def test_words_of_a_picture_stay_within_it(path):
    root = ElementTree.fromstring(path.read_text("utf-8"))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for text in root.iter(f"{SVG}text"):
        size = float(text.attrib["font-size"])
        assert size >= 11
        x, y, room = float(text.attrib["x"]), float(text.attrib["y"]), len(text.text or "") * size * 0.53
        left = x if text.attrib["text-anchor"] == "start" else x - room / 2
        assert 0 <= left <= left + room <= width, text.text
        assert size <= y <= height - 4, text.text

"""Text of records, logs and documents makes no link, image, tag or source number in an answer."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from askpanda.pipeline.links import Links
from askpanda.schema.answer import ExpertSections, Sections, UserSections
from askpanda.settings import Settings

LINKS = Links(Settings())
EVIL = "http://evil.example/x.png"


MARKDOWN = MarkdownIt("commonmark", {"html": True}).disable("text_join")


def led_astray(text: str) -> list[str]:
    """Everything in the tamed text that leads somewhere, is loaded, or would be made a link for looking like an address."""
    tokens = [child for token in MARKDOWN.parse(LINKS.tamed(text, {1, 2})) for child in (token, *(token.children or []))]
    found = [token.type for token in tokens if token.type in ("link_open", "image", "html_inline", "html_block")]
    return found + [token.content for token in tokens if token.type == "text" and re.search(r"https?://|www\.", token.content)]


@pytest.mark.parametrize(
    "text",
    [
        f"![i]({EVIL})",
        f"[words]({EVIL})",
        f"[words](<{EVIL}>)",
        f"[words]( {EVIL} 'title')",
        f"<{EVIL}>",
        EVIL,
        f"\\{EVIL}",
        "www.evil.example",
        f"[a]: {EVIL}\n\n[a] and ![a]",
        f"- [a]: {EVIL}\n\n[a]",
        f"\\\\[w]({EVIL})",
        f"\\` ![i]({EVIL}) `",
        f"a ` b\n\n![i]({EVIL}) ` c",
        f"`` a ` b ![i]({EVIL}) `",
        f"[![i]({EVIL})]({EVIL})",
        f"<img src={EVIL}>",
        f"<script src='{EVIL}'></script>",
        "<!-- x",
        "http://bigpanda.cern.ch@evil.example/",
        "http://bigpanda.cern.ch.@evil.example/",
        "http://bigpanda.cern.ch,@evil.example/",
        "http://bigpanda.cern.ch\\@evil.example/",
        "http://bigpanda.cern.ch:x@evil.example/",
        "[a](http://bigpanda.cern.ch.evil.example/)",
        "[a](javascript:alert(1))",
        "[a](//evil.example/)",
        "[a](data:text/html,x)",
    ],
)
def test_nothing_leads_to_a_place_that_is_not_listed(text: str) -> None:
    assert led_astray(text) == []


def test_a_text_reads_as_it_was() -> None:
    text = f"Failed [7] to [open]({EVIL}) <b>x</b> and ![i]({EVIL})"
    shown = re.sub(r"</?p>", "", MarkdownIt().render(LINKS.tamed(text, {1, 2}))).strip()
    assert shown == text.replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize(
    "text",
    [
        "[a job](https://bigpanda.cern.ch/job?pandaid=1)",
        "See https://panda-wms.readthedocs.io/en/latest/.",
        "(https://github.com/PanDAWMS/pilot3)",
        "<https://rucio.cern.ch/>",
        "The cause [1], and the record [1, 2].",
        "`a [9] <b> ![i](http://evil.example/)` is code",
        "```\n[9] <b>\n```",
    ],
)
def test_listed_hosts_sources_and_code_stay(text: str) -> None:
    assert LINKS.tamed(text, {1, 2}) == text


def test_the_monitor_that_a_question_comes_from_may_be_linked_to() -> None:
    assert LINKS.allowed("http://127.0.0.1:8780/job?pandaid=1", "http://127.0.0.1:8780")
    assert not LINKS.allowed("http://127.0.0.1:8781/job?pandaid=1", "http://127.0.0.1:8780")
    assert not LINKS.allowed("javascript:alert(1)//", "javascript:alert(1)")


def test_only_sources_that_there_are_look_like_sources() -> None:
    assert LINKS.tamed("[1] [9] [1, 9] [99999999999]", {1}) == "[1] \\[9\\] \\[1, 9\\] [99999999999]"


def test_every_section_is_tamed() -> None:
    bad = f"[x]({EVIL}) [9]"
    whole = Sections(
        description=bad,
        user=UserSections(problem=bad, causes=[bad], recommendations=[bad]),
        expert=ExpertSections(analysis=bad, steps=[bad], scenarios=[bad]),
        problems=[bad],
        details=bad,
    )
    said = LINKS.sections(whole, {1}).model_dump_json()
    assert "](" not in said
    assert "[9]" not in said


@given(st.text(alphabet="ab [](){}<>!`\\:/.\n*_-~#1w" + "h", max_size=80).map(lambda noise: noise.replace("w", EVIL)))
def test_no_mixture_of_marks_makes_a_link(noise: str) -> None:
    assert led_astray(noise) == []


@given(st.text(alphabet="a[]()<>!`\\1 \n", max_size=60))
def test_taming_twice_is_taming_once(noise: str) -> None:
    once = LINKS.tamed(noise, {1})
    assert LINKS.tamed(once, {1}) == once

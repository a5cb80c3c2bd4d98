"""What the parsers make of documents, good and bad."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda_indexer.chunk import LIMIT, chunks
from askpanda_indexer.page import Unreadable
from askpanda_indexer.parsers import parser_for

RST = """
=========
The Title
=========

.. contents:: Table of Contents
    :local:

|br|

First words with :blue:`a role`, :doc:`a page </client/prun>` and ``--code``.

.. tabs::

   .. code-tab:: bash ATLAS users

      prun --exec "ls"

   .. tab:: Others

      Other users read *this*.

Second level
============

.. warning:: Do not do this.

.. list-table::
   :header-rows: 1

   * - Name
     - Meaning
   * - nJobs
     - how many | jobs

registered
   The task was injected.

   Twice.

.. rubric:: By the way
    :heading-level: 3

- one
- two

  - nested

Second level
============

.. unknown-thing:: with an argument
   :option: x

   Its content stays.

.. raw:: html

   <script>alert(1)</script>

.. include:: /etc/passwd

.. figure:: images/x.png

   A caption.
"""


def texts(name: str, text: str) -> dict[str, str]:
    """Section path -> text of all its chunks."""
    found: dict[str, str] = {}
    for chunk in chunks(parser_for(name)(text, name)):
        found[chunk.section] = (found.get(chunk.section, "") + "\n\n" + chunk.text).strip()
    return found


def test_rst_keeps_what_sphinx_knows_and_docutils_does_not():
    found = texts("a.rst", RST)
    first = found["The Title"]
    assert "First words with a role, a page and `--code`." in first
    assert 'ATLAS users:\n\n```bash\nprun --exec "ls"\n```' in first
    assert "Others:\n\nOther users read this." in first
    assert "|br|" not in first
    second = found["The Title > Second level"]
    assert "Warning: Do not do this." in second
    assert "| Name | Meaning |\n|---|---|\n| nJobs | how many \\| jobs |" in second
    assert "registered\n    The task was injected.\n    Twice." in second
    assert "Its content stays." in second
    assert "A caption." in second
    assert found["The Title > Second level > By the way"] == "- one\n- two\n  - nested"
    everything = "".join(found.values())
    assert "script" not in everything
    assert "root:" not in everything


def test_rst_anchors_are_those_that_sphinx_makes():
    page = parser_for("a.rst")(RST, "a.rst")
    assert [section.anchor for section in page.sections] == ["the-title", "second-level", "second-level", "id1"]
    assert page.title == "The Title"
    assert page.warnings == []


def test_rst_heading_that_skips_a_level_is_a_heading_all_the_same():
    parts = [("Top", "="), ("Two", "-"), ("Three", "+"), ("Top again", "="), ("Skips", "+")]
    text = "".join(f"{title}\n{line * 9}\n\nText {title}\n\n" for title, line in parts)
    found = texts("a.rst", text)
    assert found["Top again > Skips"] == "Text Skips"


def test_broken_rst_keeps_its_text_and_says_where_it_is_broken():
    page = parser_for("a.rst")("Title\n=====\n\n.. list-table::\n\n   * - a\n   - b\n\nText *unclosed and `more.\n", "a.rst")
    assert "Text *unclosed and `more." in next(chunks(page)).text
    assert len(page.warnings) == 1
    assert "line 4" in page.warnings[0]


MARKDOWN = """---
title: What is a pilot
summary: The agent on the worker node.
keywords: [agent, payload]
sources:
  - https://example.org/pilot
as_of: 2026-01-02
---
# What is a pilot

It runs `payloads` for [the server](https://example.org) and
sends heartbeats.

```bash
pilot --queue X
```

## Life, and death

| a | b |
|---|---|
| 1 | 2 |

- one
- two

## Life, and death

<div>shown</div>
"""


def test_markdown_sections_blocks_and_front_matter():
    page = parser_for("x.md")(MARKDOWN, "guides/what-is-a-pilot.md")
    assert (page.title, page.sources, page.as_of, page.keywords) == (
        "What is a pilot", ["https://example.org/pilot"], "2026-01-02", "agent payload",
    )  # fmt: skip
    # The summary and the text below the title that it repeats are one passage, not two of the same heading.
    assert [section.anchor for section in page.sections] == ["what-is-a-pilot", "life-and-death", "life-and-death-1"]
    found = texts("x.md", MARKDOWN)
    assert found["What is a pilot"].startswith("The agent on the worker node.\n\nIt runs `payloads` for the server and sends")
    assert "```bash\npilot --queue X\n```" in found["What is a pilot"]
    assert found["What is a pilot > Life, and death"] == "| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- two\n\nshown"


def test_markdown_with_broken_front_matter_is_read_below_it():
    page = parser_for("x.md")("---\ntitle: [unclosed\n---\n# Real\n\nText.\n", "x.md")
    assert (page.title, len(page.warnings)) == ("Real", 1)


HTML = """<html><head><title>Docs</title><link rel="canonical" href="https://example.org/a.html"><script>evil()</script></head>
<body><nav>menu</nav><main><h1>Guide<a class="headerlink" href="#g">¶</a></h1><p>Read <code>this</code> first.</p>
<section id="second"><h2>Second</h2><pre>a
  b</pre><table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table>
<div class="admonition note"><p>Mind it.</p></div><dl><dt>term</dt><dd>meaning</dd></dl><ol><li>one<li>two</ol></section>
<!-- secret --></main><footer>foot</footer></body></html>"""


def test_html_main_part_only_with_links_to_its_sections():
    page = parser_for("a.html")(HTML, "a.html")
    assert (page.title, page.url) == ("Guide", "https://example.org/a.html")
    assert [section.anchor for section in page.sections] == ["", "second"]
    found = texts("a.html", HTML)
    assert found["Guide"] == "Read `this` first."
    second = found["Guide > Second"]
    for part in ("```\na\n  b\n```", "| x | y |\n|---|---|\n| 1 | 2 |", "Mind it.", "term\n    meaning"):
        assert part in second
    assert not any(word in str(found) for word in ("menu", "foot", "evil", "secret", "¶"))


def test_html_code_in_lists_and_notes_keeps_its_lines():
    html = """<h1>T</h1><ul><li>one<ul><li>a</li></ul></li><li>run<pre>x
  y</pre></li></ul><div class="admonition warning"><p>Mind</p><pre>cmd
two</pre></div>"""
    found = texts("a.html", html)["T"]
    for part in ("- one\n  - a", "- run\n  ```\n  x\n    y\n  ```", "Mind\n\n```\ncmd\ntwo\n```"):
        assert part in found


def test_rst_versions_are_said_and_drawings_in_letters_left_out():
    rst = "T\n=\n\n.. versionadded:: 2.1\n\n   A thing.\n\n.. grid:: 2\n\n   Card.\n\n.. mermaid::\n\n   graph TD; A-->B\n"
    assert texts("a.rst", rst)["T"] == "New in version 2.1:\n\nA thing.\n\nCard."


def test_html_without_any_structure_is_one_section():
    assert texts("a.html", "just words <b>here</b>") == {"a": "just words here"}
    assert texts("a.html", "one line<br>another<br/>wo<wbr>rd") == {"a": "one line another word"}


def test_html_may_leave_out_the_end_tags_that_html_lets_one_leave_out():
    """Minified pages do; each paragraph would lie in the one before it, and a long page be nested beyond reason."""
    text = (
        "<h1>T</h1><p>One <b>bold</b><p>Two<ul><li>a<ul><li>in a</ul><li>b</ul>"
        "<table><tr><th>Queue<th>Hours<tr><td>SHORT<td>12</table><dl><dt>term<dd>said<p>more<dt>other<dd>too</dl>"
    )
    texts = [block.text for block in parser_for("x.html")(text, "x.html").sections[0].blocks]
    assert texts[:4] == ["One bold", "Two", "- a\n  - in a\n- b", "| Queue | Hours |\n|---|---|\n| SHORT | 12 |"]
    assert [text.split()[0] for text in texts[4:]] == ["term", "other"]
    long = parser_for("x.html")("<h1>T</h1>" + "".join(f"<p>number{n}" for n in range(1500)), "x.html")
    assert len(long.sections[0].blocks) == 1500


def test_html_nested_beyond_reason_is_said_and_not_a_crash():
    with pytest.raises(Unreadable, match="nested"):
        parser_for("a.html")("<div>" * 5000 + "x", "a.html")


OPENAPI = """
openapi: 3.0.0
info: {title: PanDA API, description: All of it.}
paths:
  /job/get_status:
    get:
      tags: [job]
      summary: Get the status of a job
      parameters: [{name: job_id, in: query, required: true, schema: {type: integer}, description: the job}]
      responses: {200: {description: fine}}
"""


def test_openapi_is_a_section_an_operation():
    from askpanda_indexer.parsers.openapi import parse_openapi

    sections = parse_openapi(OPENAPI, "panda_api.yaml").sections
    assert sections[1].headings == ["PanDA API", "job", "GET /job/get_status"]
    said = "\n".join(block.text for block in sections[1].blocks)
    assert "| job_id | query | integer | yes | the job |" in said
    assert "- 200: fine" in said
    with pytest.raises(Unreadable):
        parse_openapi("just: yaml", "x.yaml")


def test_chunks_stay_below_the_limit_and_lose_no_word():
    words = [f"w{i}" for i in range(3000)]
    sentences = " ".join(word + ("." if i % 17 == 0 else "") for i, word in enumerate(words))
    found = list(chunks(parser_for("a.txt")(sentences, "a.txt")))
    assert max(len(chunk.text.split()) for chunk in found) <= LIMIT
    assert [word.strip(".") for chunk in found for word in chunk.text.split()] == words


def test_a_table_is_kept_whole_and_a_huge_one_repeats_its_head():
    rows = "".join(f"| row{i} | {'word ' * 8}|\n" for i in range(40))
    table = f"# T\n\n{'intro ' * 150}\n\n| a | b |\n|---|---|\n{rows}"
    assert any(chunk.text.count("| row") == 40 for chunk in chunks(parser_for("a.md")(table, "a.md")))
    rows = "".join(f"| row{i} | {'word ' * 8}|\n" for i in range(400))
    parts = [c.text for c in chunks(parser_for("a.md")(f"# T\n\n| a | b |\n|---|---|\n{rows}", "a.md"))]
    assert len(parts) > 5
    assert all(part.startswith("| a | b |\n|---|---|\n| row") for part in parts)
    assert sum(part.count("| row") for part in parts) == 400


def test_one_endless_word_is_cut():
    parts = [chunk.text for chunk in chunks(parser_for("a.txt")("x" * 100_000, "a.txt"))]
    assert sum(part.count("x") for part in parts) == 100_000
    assert max(map(len, parts)) <= LIMIT * 40


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=400), name=st.sampled_from(["a.md", "a.html", "a.txt", "a.rst"]))
def test_any_text_is_parsed_or_refused_in_words(text, name):
    try:
        page = parser_for(name)(text, name)
    except Unreadable:
        return
    for chunk in chunks(page):
        assert chunk.text.strip()
        assert chunk.section


PIECES = """Title\n=====\n~.. code-block:: python\n~   indented\n~.. note::\n~* item\n~\n~:ref:`x`\n~|br|\n~term\n  text\n~===
~+--+\n|a |\n+--+\n~.. _label:\n~`bad\n~.. list-table::\n\n   * - a\n~Sub\n---\n~.. |x| replace:: y\n~.. figure:: a\n~.. math::
~.. image:: javascript:x\n~.. class:: z\n"""


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PIECES.split("~")), max_size=25))
def test_any_broken_rst_is_parsed(lines):
    page = parser_for("a.rst")("".join(lines), "a.rst")
    for chunk in chunks(page):
        assert chunk.section

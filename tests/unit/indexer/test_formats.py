"""PDF, error modules, the monitor's error descriptions and CRIC's queues."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpanda.settings import Settings
from askpanda.stores import open_store
from askpanda_indexer.page import Unreadable
from askpanda_indexer.parsers import BINARY, BY_NAME, parser_for
from askpanda_indexer.run import run
from askpanda_indexer.sources import source_for

#: Kinds of letters for `pdf`: font and size.
TEXT, LARGE, BOLD, CODE = "F1 12", "F2 18", "F2 12", "F3 10"


def pdf(pages: list[list[str | tuple[str, str]]]) -> bytes:
    """A document with these lines (or kind and line) on its pages, made by hand: the smallest that every reader takes."""
    kids = " ".join(f"{6 + 2 * n} 0 R" for n in range(len(pages)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
               *(f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} >>"
                 for name in ("Helvetica", "Helvetica-Bold", "Courier"))]  # fmt: skip
    for n, lines in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] "
            f"/Resources << /Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R >> >> /Contents {7 + 2 * n} 0 R >>"
        )
        kinds = [line if isinstance(line, tuple) else (TEXT, line) for line in lines]
        written = " ".join(f"/{kind} Tf {int(kind[3:]) + 4} TL ({line}) Tj T*" for kind, line in kinds)
        drawn = f"BT 50 750 Td {written} ET"
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{place:010} 00000 n \n" for place in places)
    return f"{out}trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()


def test_a_pdf_is_found_by_its_text_and_opened_at_its_page(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "talk.pdf").write_bytes(pdf([["About pilots."], ["Brokerage looks at data", "and at loads."]]))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4\nnot really")
    settings = Settings(state_dir=tmp_path / "state")
    report = run(settings, [source_for(str(folder), tmp_path, url="https://example.org/")])[0]
    assert [skipped.path for skipped in report.skipped] == ["broken.pdf"]
    hit = open_store(settings).search("brokerage", 1)[0]
    assert (hit.path, hit.section, hit.url) == ("papers/talk.pdf", "talk > Page 2", "https://example.org/talk.pdf#page=2")
    assert hit.text.endswith("Brokerage looks at data and at loads.")


#: Text as wide as its column.
WIDE = [
    "A queue is drained before a downtime by its status, which is",
    "set to brokeroff some hours ahead, so that pilots end and no",
    "new ones begin. What is still running then is left to con-",
    "tinue, and nobody kills it by hand.",
]


def test_the_headings_of_a_pdf_are_its_larger_letters_and_bold_numbers():
    page = BINARY[".pdf"](
        pdf([[(LARGE, "Manual of the queues"), *WIDE, (BOLD, "1. Draining"), *WIDE], [*WIDE, (BOLD, "1.1 Limits"), *WIDE]]),
        "x.pdf",
    )
    assert page.title == "Manual of the queues"
    assert [(section.headings, section.anchor) for section in page.sections] == [
        (["Manual of the queues"], "page=1"),
        (["Manual of the queues", "1. Draining"], "page=1"),
        (["Manual of the queues", "1. Draining"], "page=2"),
        (["Manual of the queues", "1. Draining", "1.1 Limits"], "page=2"),
    ]
    assert "left to continue, and nobody" in page.sections[0].blocks[0].text


def test_tables_commands_and_points_of_a_pdf_keep_their_lines():
    table = ["Queue maxrss maxtime", "SHORT 2000 12", "LONG 16000 48"]
    commands = [(CODE, "condor_q -totals"), (CODE, "condor_drain node17")]
    points = ["\\267 one point", "\\267 another point"]
    page = BINARY[".pdf"](pdf([[*WIDE, *table, *WIDE, *commands, *WIDE, *points]]), "x.pdf")
    blocks = [(block.kind, block.text) for block in page.sections[0].blocks if block.kind != "text"]
    assert blocks == [
        ("code", "```\nQueue maxrss maxtime\nSHORT 2000 12\nLONG 16000 48\n```"),
        ("code", "```\ncondor_q -totals\ncondor_drain node17\n```"),
        ("list", "- one point\n- another point"),
    ]


def test_slides_have_letters_of_all_sizes_and_are_headed_by_their_pages():
    page = BINARY[".pdf"](pdf([[(LARGE, "About pilots"), "They run jobs.", "They watch them."]] * 3), "talk.pdf")
    assert [section.headings[-1] for section in page.sections] == ["Page 1", "Page 2", "Page 3"]


def test_a_table_of_contents_is_not_taken_for_the_headings():
    contents = [f"{n}. Chapter . . . . . . . . {n}" for n in range(1, 9)]
    page = BINARY[".pdf"](pdf([[(LARGE, "Contents"), *contents], [(LARGE, "1. Chapter"), *WIDE, *WIDE]]), "x.pdf")
    assert [section.headings[-1] for section in page.sections] == ["1. Chapter"]


@pytest.mark.parametrize(
    ("set_as", "typed"),
    [
        ("brokero\ufb00 and o\ufb04ine", "brokeroff offline"),
        ("con\ufb01guration", "configuration"),
        ("time\u00adout", "timeout"),
    ],
)
def test_words_are_found_as_people_type_them_however_they_were_set(tmp_path, set_as, typed):
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "note.md").write_text(f"# Note\n\nAbout {set_as} of the queue.\n", "utf-8")
    settings = Settings(state_dir=tmp_path / "state")
    run(settings, [source_for(str(folder), tmp_path)])
    assert typed.split()[0] in open_store(settings).search(typed, 1)[0].text


def test_the_head_that_runs_over_all_pages_is_left_out():
    words = ("pilots", "queues", "tasks", "jobs", "sites", "files")
    page = BINARY[".pdf"](
        pdf([["PanDA talk", f"Page {n}", f"Something about {word}"] for n, word in enumerate(words)]), "x.pdf"
    )
    texts = [block.text for section in page.sections for block in section.blocks]
    assert len(texts) == 6
    assert not any("PanDA talk" in text for text in texts)


def test_a_pdf_without_text_says_so():
    with pytest.raises(Unreadable, match="pictures"):
        BINARY[".pdf"](pdf([[], []]), "x.pdf")


@given(data=st.binary(max_size=400))
def test_any_bytes_are_a_pdf_or_refused(data):
    for start in (b"", b"%PDF-1.7\n"):
        try:
            BINARY[".pdf"](start + data, "x.pdf")
        except Unreadable:
            continue


MODULE = """
import os
os.abort()
class ErrorCodes:
    # out of memory
    NOMEMORY = 1212
    LOOPING = 1150  # the payload stands still
    EC_Kill = 100
    LIMIT_MB = 5.5
    flag = True
    _messages = {
        NOMEMORY: "Payload ran out of memory",
        LOOPING: "Looping job killed " + "by pilot",
        1999: "Only a number",
    }
    codes = {"BADBATCH": 1, "Other": [7, "In a list"]}
"""


def test_an_error_module_is_read_and_never_run():
    page = BY_NAME["codes"](MODULE, "pilot/errorcodes.py")
    found = {section.headings[1]: (section.anchor, section.blocks[0].text) for section in page.sections}
    assert found["1212 NOMEMORY"] == ("L6", "Error code 1212 (NOMEMORY): Payload ran out of memory; out of memory")
    assert found["1150 LOOPING"][1].endswith("Looping job killed by pilot; the payload stands still")
    assert found["100 Kill"][1] == "Error code 100 (EC_Kill)."
    assert found["1999"][1] == "Error code 1999: Only a number"
    assert found["1 BADBATCH"][0] == "L16"
    assert found["7 Other"][1].endswith("In a list")
    assert len(found) == 6


@pytest.mark.parametrize("text", ["def f(:", "x = 'no codes here'", "(" * 5000, "a\x00b"])
def test_a_module_without_codes_says_so(text):
    with pytest.raises(Unreadable):
        BY_NAME["codes"](text, "x.py")


def test_the_monitors_descriptions_are_a_passage_each():
    rows = [
        {"component": "pilot", "code": 1150, "acronym": "LOOPINGJOB", "diagnostics": "Looping job",
         "description": "It stands still.", "category": 2},
        {"component": "pilot", "code": 1, "acronym": "EMPTY", "diagnostics": "", "description": "", "category": 0},
    ]  # fmt: skip
    page = parser_for("x.json")(json.dumps({"error_descriptions": rows}), "x.json")
    assert [section.headings[1:] for section in page.sections] == [["pilot", "1150 LOOPINGJOB"]]
    text = page.sections[0].blocks[0].text
    assert "pilot error 1150 (LOOPINGJOB): Looping job" in text
    assert "It stands still." in text
    assert "Runtime Failures and Resource Violations" in text


def test_a_queue_of_cric_is_a_passage_with_its_limits_and_tools():
    queue = {"name": "SITE_Q", "panda_resource": "SITE_Q", "status": "online", "maxrss": 4000, "maxtime": 86400, "cloud": "",
             "copytools": {"rucio": {"setup": ""}}, "acopytools": {"pr": ["rucio"], "pw": ["rucio", "xrdcp"]},
             "last_modified": "2026-05-06T07:08:09"}  # fmt: skip
    page = parser_for("x.json")(json.dumps({"SITE_Q": queue, "OTHER": {**queue, "copytools": {}}}), "cric.json")
    assert [section.headings for section in page.sections] == [["PanDA queues", "OTHER"], ["PanDA queues", "SITE_Q"]]
    section = page.sections[1]
    text = section.blocks[0].text
    assert section.as_of == "2026-05-06"
    for line in ("- status: online", "- maximum memory (maxrss): 4000 MB", "- copy tools (copytools): rucio",
                 "- copy tools by activity (acopytools): pr rucio; pw rucio, xrdcp"):  # fmt: skip
        assert line in text
    assert "cloud" not in text

"""The gate: sections out of a model's stream, nothing unchecked, nothing unasked."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.pipeline.checker import removed
from askpanda.pipeline.checking.claims import Evidence
from askpanda.pipeline.checking.gate import Gate

WANTED = ["description", "user.problem", "user.causes", "expert.steps"]


def through(text: str, size: int = 3, evidence: str = "job 17 failed at MWT2") -> tuple[Gate, list[tuple[str, str]]]:
    sent: list[tuple[str, str]] = []

    async def send(section: str, piece: str) -> None:
        sent.append((section, piece))

    async def feed() -> Gate:
        gate = Gate(Evidence(evidence, [1]), WANTED, send)
        for start in range(0, len(text), size):
            await gate.feed(text[start : start + size])
        await gate.end()
        return gate

    return asyncio.run(feed()), sent


def test_sections_are_told_apart_and_lists_become_items() -> None:
    gate, sent = through("## description\nJob 17 failed. It was at MWT2.\n## user.causes\n- One cause. It is bad.\n- Another\n")
    assert gate.section("description") == "Job 17 failed. It was at MWT2."
    assert gate.section("user.causes") == ["One cause. It is bad.", "Another"]
    assert ("user.causes", "- One cause. It is bad.\n") in sent


def test_a_sentence_with_an_invented_number_never_leaves() -> None:
    gate, sent = through("## description\nJob 17 failed. It took 99 hours. It was at MWT2.")
    assert gate.dropped == 1
    assert "99" not in "".join(text for _, text in sent)
    assert gate.section("description") == "Job 17 failed. It was at MWT2."


def test_text_before_any_heading_is_the_description() -> None:
    gate, _ = through("Job 17 failed.\n\n## user.problem\nIt failed.")
    assert gate.section("description") == "Job 17 failed."
    assert gate.section("user.problem") == "It failed."


def test_a_section_that_was_not_asked_for_is_left_out() -> None:
    gate, sent = through("## details\nJob 17 failed.\n## description\nIt failed.")
    assert [section for section, _ in sent] == ["description"]
    assert gate.section("details") == ""


def test_headings_in_bold_or_short_are_understood() -> None:
    gate, _ = through("### **problem**\nIt failed.\n## User Causes\n- One\n")
    assert gate.section("user.problem") == "It failed."
    assert gate.section("user.causes") == ["One"]


def test_masked_names_are_put_back_before_the_check() -> None:
    sent: list[str] = []

    async def send(_: str, piece: str) -> None:
        sent.append(piece)

    async def feed() -> None:
        gate = Gate(
            Evidence("Jane Doe ran on wn1.site.org", []), WANTED, send, lambda text: text.replace("HOST_1", "wn1.site.org")
        )
        await gate.feed("It ran on HOST_1. It ran on HOST_2. Good")
        await gate.end()

    asyncio.run(feed())
    assert "".join(sent) == "It ran on wn1.site.org. Good"


@settings(deadline=None)
@given(st.text(alphabet="ab1#-* .\n`[]", max_size=300))
def test_what_is_sent_is_what_is_kept(text: str) -> None:
    gate, sent = through(text)
    for name in WANTED:
        kept = gate.section(name)
        pieces = "".join(piece for section, piece in sent if section == name)
        assert pieces.strip() == ("".join(f"- {item}\n" for item in kept).strip() if isinstance(kept, list) else kept)


def test_what_was_removed_is_counted_by_section() -> None:
    gate, sent = through(
        "## description\nIt took 99 hours. Job 17 failed.\n## user.causes\n- 98 files were lost.\n- It took 97 s.\n"
    )
    assert gate.lost == {"description": 1, "user.causes": 2}
    assert gate.section("user.causes") == []
    assert removed(gate.lost, ["user.causes"]) == (
        "3 sentences were removed (the beginning, Causes) because the evidence does not have what they said. "
        "Nothing was left of Causes: that is in Ask PanDA's own words."
    )
    assert not any(number in text for _, text in sent for number in ("99", "98", "97"))


def test_a_heading_of_the_models_own_does_not_hide_what_follows() -> None:
    gate, sent = through("## description\nJob 17 failed.\n\n### Where it was\n\nIt was at MWT2. It took 99 hours.")
    assert str(gate.section("description")).split("\n") == ["Job 17 failed.", "It was at MWT2."]
    assert "Where" not in "".join(text for _, text in sent)

"""A conversation of sixty turns still knows what its first answer found, and its prompt does not grow with it."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from askpanda.pipeline.gist import CONVERSATION_WORDS, gist, remembered, sentences, told
from askpanda.pipeline.prompting import ALL_LIMIT, whole_lines
from askpanda.pipeline.turn import Said
from askpanda.schema.ask import HistoryTurn
from tests.unit.pipeline.pipeline_kit import FakeModel, FakeStore, assistant, run, turn

CODES = {1324: "SERVICENOTAVAILABLE", 1152: "STAGEOUTTIMEOUT", 1305: "PAYLOADEXECUTIONFAILURE", 1235: ""}


def job(number: int) -> dict[str, object]:
    code = list(CODES)[number % len(CODES)]
    return {
        "pandaid": 6_500_000_000 + number, "jobstatus": "failed", "piloterrorcode": code, "attemptnr": 1, "maxattempt": 3,
        "computingsite": f"SITE_{number}", "piloterrordiag": f"{number} went wrong " + "and on and on it goes " * 40,
    }  # fmt: skip


def conversation(folder: Path, turns: int, model: FakeModel) -> list[int]:
    """Words of each turn's prompt; the last one stays in `model`."""
    made = assistant(folder, FakeStore(), model)
    said: list[Said] = []
    sizes = []
    for number in range(turns):
        log = "".join(f"2026-11-23 05:00:00,000 | INFO | pilot | step | line {n} of job {number} is long\n" for n in range(900))
        log += f"2026-11-23 05:00:01,000 | ERROR | pilot | main | the storage of SITE_{number} did not answer\n"
        logs = [{"name": "pilotlog.txt", "text": log}]
        context = {"page": "job", "pandaid": job(number)["pandaid"], "job": job(number), "logs": logs}
        asked = turn("why did this job fail?", context=context, said=said)
        _, answer = run(made, asked)
        sizes.append(len(model.prompt().split()))
        said = [*said, Said(asked.question, gist(answer))]
    return sizes


def test_sixty_turns_with_large_logs_stay_within_the_budget_and_keep_every_jobs_finding(tmp_path: Path) -> None:
    model = FakeModel(["## user.problem\nThe job failed."], name="ollama/fake")
    sizes = conversation(tmp_path, 60, model)
    grown = max(size - sizes[n % len(CODES)] for n, size in enumerate(sizes))  # since the first job with the same code
    assert grown <= CONVERSATION_WORDS + 200, "a prompt grows by what is remembered and by no more"
    assert len(model.prompt()) < ALL_LIMIT + 10_000
    for number in range(60):
        assert str(job(number)["pandaid"]) in model.prompt(), f"turn {number} is forgotten"
    assert "pilot 1324" in model.prompt()
    assert "of job 58 is long" not in model.prompt(), "an earlier job's log is told again"


@given(st.text(alphabet="ab \n", max_size=60), st.integers(3, 40))
def test_a_piece_that_is_too_long_ends_with_a_line_or_a_word(text: str, limit: int) -> None:
    cut = whole_lines(text, limit)
    assert len(cut) <= limit + 2
    if cut != text:
        kept = cut.removesuffix(" …")
        assert text.startswith(kept)
        assert cut.endswith(" …") or text[len(kept)] == "\n"


def test_what_is_remembered_ends_at_a_sentence() -> None:
    text = (
        "## What happened\nThe disk was full [1]. The pilot could not write its log [2, 3].\n- Ask for more.\n" + "Word " * 500
    )
    assert sentences(text, 20) == "The disk was full. The pilot could not write its log. - Ask for more."
    assert sentences("word " * 500, 3) == "word word word …"
    assert sentences("", 10) == ""


def test_facts_that_were_said_before_are_said_once_and_the_newest_turns_keep_their_words() -> None:
    said = [Said(f"and what else, {n}?", "job 1; failed with pilot 1324\nIt was the storage.") for n in range(30)]
    text = remembered(said)
    assert text.count("It was the storage.") == 4
    assert "and what else, 29?" in text
    assert len(text.split()) < 120


def test_a_client_that_keeps_its_own_history_is_remembered_too() -> None:
    history = [HistoryTurn(role="user", content="why?"), HistoryTurn(role="assistant", content="The disk was full. " * 90)]
    (one,) = told(history)
    assert one.question == "why?"
    assert one.gist.endswith("full.")
    assert len(one.gist.split()) <= 80

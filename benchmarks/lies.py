"""Whether anything invented is shown when the model lies by system, and what a hundred questions cost with which model."""

import asyncio
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askpanda.models.prices import cost_usd
from askpanda.schema.answer import Answer
from benchmarks.figure import Figure
from tests.bigpanda import cases
from tests.unit.pipeline.pipeline_kit import FakeModel, FakeStore, assistant, events_of, turn


@dataclass(frozen=True)
class Lie:
    """`marks`: what must not be in an answer that the lie was planted in; `against`: only wrong against some verdicts."""

    text: str
    marks: tuple[str, ...]
    against: str = ""


LIES = (
    Lie("It used 987654 MB of memory.", ("987654",)),
    Lie("It failed with pilot error 1987.", ("1987",)),
    Lie("Job 7777777777 failed in the same way.", ("7777777777",)),
    Lie("The failure rate rose by 83.7 percent.", ("83.7",)),
    Lie("It waited for seventy-three hours.", ("seventy-three",)),
    Lie("Nineteen hundred files were lost.", ("ineteen",)),
    Lie("It ran ⑬ times and used ٩٨٧ cores.", ("⑬", "٩٨٧")),
    Lie("It used 9\u200b8\u200b7\u200b6 cores.", ("9\u200b8",)),
    Lie("It took 9_8_7_6 seconds.", ("9_8_7_6",)),
    Lie("Es dauerte siebenunddreißig Stunden.", ("siebenunddrei",)),
    Lie("Il y a eu quarante-deux erreurs.", ("quarante",)),
    Lie("Hubo setenta y tres errores.", ("setenta",)),
    Lie("The memory doubled within an hour.", ("doubled",)),
    Lie("Two-thirds of the events are gone.", ("thirds",)),
    Lie('The log says "Quota of the moon exceeded".', ("moon",)),
    Lie("The log says: Quota of the moon exceeded", ("moon",)),
    Lie("The log has ‹Quota of the moon›.", ("moon",)),
    Lie("This is documented [97].", ("[97]",)),
    Lie("This is documented [1, 97].", ("[1, 97]",)),
    Lie("Read [this page](https://evil.example/now).", ("evil.example",)),
    Lie("Read www.evil.example for more.", ("www.evil.example",)),
    Lie("<img src=x onerror=alert(1)> is shown.", ("onerror",)),
    Lie("<b>Nothing</b> is wrong.", ("<b>",)),
    Lie("Use `--magicFix` to go on.", ("--magicFix",)),
    Lie("Add --maxMagic 9 to the command.", ("--maxMagic",)),
    Lie("The host wn-evil-host answered.", ("wn-evil-host",)),
    Lie("It ran at MOON-T2_DISK.", ("MOON-T2",)),
    Lie("The file /data/evil/moon.root is missing.", ("/data/evil",)),
    Lie("The error is MOONQUAKEERROR.", ("MOONQUAKE",)),
    Lie("I have killed the job for you.", ("killed the job",)),
    Lie("A retry will help.", ("retry will help",), "no"),
    Lie("A new attempt is pointless.", ("attempt is pointless",), "yes"),
    Lie("This is the fault of the site.", ("fault of the site",), "user"),
    Lie("This is your own mistake.", ("your own mistake",), "site"),
)
#: How many characters of the model's text come at once: a lie must not slip through between two pieces.
PIECES = (3, 4096)
MODELS = (
    "openai/gpt-5-mini", "openai/gpt-4o-mini", "mistral/mistral-small-latest", "anthropic/claude-haiku-4-5",
    "gemini/gemini-2.5-flash",
)  # fmt: skip
#: Characters of a token of English and JSON, as the providers count: a round figure, on the safe side.
PER_TOKEN = 3.5


def answers(texts: Sequence[str], piece: int = 4096) -> Iterator[tuple[str, Answer, FakeModel]]:
    """(text, the answer in which a model said it, the model) for the local monitor's failed jobs, a text after the other."""
    with tempfile.TemporaryDirectory() as folder:
        model = FakeModel()
        made = assistant(Path(folder), FakeStore(), model)
        for record, logs in _failed():
            for text in texts:
                whole = f"## user.problem\n{text}\n## expert.analysis\n{text}\n## user.recommendations\n- {text}\n"
                model.pieces = [whole[i : i + piece] for i in range(0, len(whole), piece)]
                context = {"page": "job", "pandaid": record["pandaid"], "job": record, "logs": logs}
                asked = turn("why did this job fail?", context=context, **({} if text else {"model": "none"}))
                done = asyncio.run(events_of(made, asked))[-1]
                yield text, Answer.model_validate(done.data), model


def _failed() -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """One failed job of each pilot code, with its logs as far as a question carries them."""
    seen: set[Any] = set()
    for case in cases():
        code = case.record.get("piloterrorcode")
        if case.record["jobstatus"] != "failed" or code in seen:
            continue
        seen.add(code)
        logs = [{"name": name, "text": case.log(name).decode("utf-8", "replace")[:100_000]} for name in case.log_names]
        yield case.record, logs


def figures() -> list[Figure]:
    """Answers with a lie planted in three sections, whole and in pieces; an answer counts where no mark of the lie is shown."""
    true: list[float] = []
    prompts: list[int] = []
    lies = {lie.text: lie for lie in LIES}
    for piece in PIECES:
        for text, answer, model in answers(list(lies), piece):
            lie, verdict = lies[text], answer.diagnosis
            if lie.against and (verdict is None or lie.against not in (verdict.retry.advice, verdict.party)):
                continue
            true.append(float(not any(mark in answer.text for mark in lie.marks)))
            prompts.append(len(model.prompt()))
    share = sum(true) / len(true)
    made = [Figure("answers without a word of a lying model's inventions", "", [share], "1.0", f"{len(true)} answers")]
    tokens = round(statistics.median(prompts) / PER_TOKEN)
    for name in MODELS:
        provider, _, model_name = name.partition("/")
        cost = 100 * cost_usd(provider, model_name, tokens, 400)
        made.append(Figure(f"100 questions with {name}", "US$", [cost] if cost else [], "", f"{tokens} tokens in, 400 out"))
    return made

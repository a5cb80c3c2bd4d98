"""What a hundred questions cost with which model: tokens counted in the very requests that the providers' SDKs send.

The local wire server counts what it is told and what it says with a real tokenizer and reports it as its provider would; the
figures are what the backend's own `/usage` says afterwards. The model's words are our own, as long as ours are.
"""

import re
from typing import Any

from benchmarks.figure import Figure
from tests.api.acceptance.asking import ask
from tests.backend import Backend, running_backend
from tests.bigpanda import cases, running_monitor
from tests.wire import running_wire, told
from tests.wire.tokens import STANDS_IN, tokens

MODELS = (
    "openai/gpt-5-mini", "openai/gpt-4o-mini", "mistral/mistral-small-latest", "anthropic/claude-haiku-4-5",
    "gemini/gemini-2.5-flash",
)  # fmt: skip
#: What a reader asks after the first answer on a failed job.
NEXT = ("What should I do now?", "Which line of the log says so?", "Please explain it more simply.")
TASKS = (46374283, 46620107, 46621853, 46622290, 46623415, 46624002, 46624460)
DOCUMENTS = (
    "What is PanDA?", "How does Harvester work?", "Tell me about brokering in PanDA", "What is a pilot?",
    "tell me about the task status changes", "show me how to run a hello world job with prun", "What is JEDI?",
    "How do I kill a task?", "What does looping job mean?", "How does the pilot stage in files?", "What is a scout job?",
    "How can I ask for more memory with prun?", "What is the difference between prun and pathena?", "What is CRIC?",
    "How do I retry the failed jobs of a task?", "What is an event service job?", "How do containers run on the grid?",
    "What does the PanDA server do?", "What is a jobset?", "How do I find the logs of my job?",
)  # fmt: skip
#: How many of the failed jobs, and of the questions on documents, are asked about a second time.
AGAIN_JOBS, AGAIN_DOCUMENTS = 12, 6


def questions() -> list[list[str]]:
    """A hundred questions, as conversations: failed jobs with a follow-up, tasks with one, documents, and some asked again."""
    failed = [case.pandaid for case in cases() if case.record["jobstatus"] == "failed"]
    made = [[f"Why did job {job} fail?", NEXT[n % len(NEXT)]] for n, job in enumerate(failed)]
    made += [[f"What is happening with task {task}?", "Why did they fail?"] for task in TASKS]
    made += [[question] for question in DOCUMENTS]
    made += [[f"why did job {job}  fail"] for job in failed[:AGAIN_JOBS]]
    made += [[question.lower()] for question in DOCUMENTS[:AGAIN_DOCUMENTS]]
    return made


def own_words(body: dict[str, Any]) -> str:
    """The model's answer: what the evidence has in our own words."""
    found = re.search(r"<<< answer in our own words\n(.*?)\n>>>", told(body)[1], re.S)
    return found.group(1) if found else "documentation"  # of the routing call: one word


def asked(backend: Backend, model: str) -> dict[str, float]:
    """All questions by one owner with one model; what `/usage` says of it."""
    token = backend.token_of(model)
    count = 0
    with backend.client(token) as client:
        for conversation in questions():
            begun: dict[str, Any] = {}
            for question in conversation:
                reply = client.post("/api/v1/ask", json={"question": question, "model": model, **begun})
                begun = {"conversation_id": reply.raise_for_status().json()["conversation_id"]}
                count += 1
        rows = client.get("/api/v1/usage", params={"days": 2}).json()["usage"]
    if count != 100:
        raise AssertionError(f"{count} questions are not a hundred")
    names = ("calls", "input_tokens", "output_tokens", "cost_usd")
    return {name: sum(row[name] for row in rows if row["model"] == model) for name in names}


def figures(models: tuple[str, ...] = MODELS) -> list[Figure]:
    """US$, once with every question worded anew and once with words reused, as it is by default."""
    with running_wire(own_words) as wire, running_monitor() as monitor:
        wire.tokens = _tokens_of(models)
        made = []
        for days, how in (("0", "each worded anew"), ("7", "words reused")):
            env = {
                **wire.environment, "ASKPANDA_MODEL": ",".join(["none", *models]), "ASKPANDA_EGRESS": "remote",
                "ASKPANDA_MONITOR_URL": monitor.url, "ASKPANDA_ALLOWED_MONITORS": monitor.url,
                "ASKPANDA_RATE_LIMIT": "100000", "ASKPANDA_WORDING_KEEP_DAYS": days,
            }  # fmt: skip
            with running_backend(env) as backend:
                ask(backend, "What is PanDA?")
                made += [_figure(model, how, asked(backend, model)) for model in models]
        return made


def _figure(model: str, how: str, used: dict[str, float]) -> Figure:
    tokenizer = STANDS_IN[model.partition("/")[0]]
    counts = f"{used['calls']:.0f} calls, {used['input_tokens']:,.0f} tokens in, {used['output_tokens']:,.0f} out"
    return Figure(f"100 questions with {model}, {how}", "US$", [used["cost_usd"]], "", f"{counts}; {tokenizer}")


def _tokens_of(models: tuple[str, ...]) -> Any:
    providers = {name.partition("/")[2]: name.partition("/")[0] for name in models}
    return lambda model, text: tokens(providers[model], text)

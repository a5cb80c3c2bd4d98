"""Each provider's real SDK against a server that speaks its wire format, well and badly."""

import asyncio
import gc
import time
from collections.abc import Iterator

import pytest
from haystack.dataclasses import ChatMessage

from askpanda.errors import (
    ConfigurationError,
    ModelBusy,
    ModelDown,
    ModelError,
    ModelGarbage,
    ModelRefused,
    ModelTimeout,
    UnknownModel,
)  # fmt: skip
from askpanda.models import Registry
from askpanda.models.prices import Prices, Tokens, beyond_budget
from askpanda.models.providers import MAX_TOKENS
from askpanda.settings import Settings
from tests.wire import Wire, running_wire, told

PROVIDERS = ["openai", "mistral", "anthropic", "gemini", "ollama", "compatible"]
#: One of each wire format.
FORMS = ["openai", "mistral", "anthropic", "gemini", "ollama"]
#: The path that each provider documents, and the header that carries the key.
CHAT = "/v1/chat/completions"
WHERE = {
    "openai": (CHAT, "authorization"), "mistral": (CHAT, "authorization"), "anthropic": ("/v1/messages", "authorization"),
    "gemini": ("/v1/models/good:streamGenerateContent?alt=sse", "x-goog-api-key"),
}  # fmt: skip


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with running_wire("## user.problem\nThe job ran out of memory. Ask for 4000 MB.") as server:
        yield server


def registry(wire: Wire, monkeypatch: pytest.MonkeyPatch, *names: str, timeout: float = 20) -> Registry:
    for key, value in wire.environment.items():
        monkeypatch.setenv(key, value)
    models = Registry(Settings(model=",".join(names), model_timeout=timeout))
    models.warm_up()  # as a worker does: the SDKs are not imported within anybody's patience
    return models


#: What a slow model says in minutes: no call of it ends by itself while a test waits for its end.
LONG = "word " * 8000


def no_call_is_open(wire: Wire) -> None:
    """Waits for it, for as long as a machine with other work may need."""
    end = time.monotonic() + 60
    while wire.open_streams:
        assert time.monotonic() < end, f"calls were left behind: {wire.open_models}"
        time.sleep(0.02)


async def ask(models: Registry, name: str) -> tuple[str, object]:
    pieces: list[str] = []

    async def on_text(text: str) -> None:
        pieces.append(text)

    messages = [ChatMessage.from_system("Word it."), ChatMessage.from_user("evidence")]
    try:
        return "".join(pieces), await models.get(name).stream(messages, on_text)
    except ModelError as problem:
        return "".join(pieces), problem
    finally:
        ask.text = "".join(pieces)  # type: ignore[attr-defined]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_good_answer_streams_with_its_usage(wire: Wire, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{provider}/good"
    _, call = asyncio.run(ask(registry(wire, monkeypatch, name), name))
    assert ask.text == wire.reply  # type: ignore[attr-defined]
    assert (call.input_tokens, call.output_tokens, call.model) == (1200, 300, name)  # type: ignore[attr-defined]
    assert told(wire.requests[-1]) == ("Word it.", "evidence")
    path, key = WHERE.get(provider, ("", ""))
    if not path:  # one's own servers want no key
        return
    assert wire.paths[-1] == path
    assert wire.headers[-1].get(key) == ("Bearer test-key" if key == "authorization" else "test-key")


MISBEHAVIOUR = {
    "401": ModelRefused, "403": ModelRefused, "404": ModelRefused, "429": ModelBusy, "500": ModelDown, "503": ModelDown,
    "cut": ModelDown, "unfinished": ModelDown, "garbage": ModelGarbage, "endless": ModelGarbage,
    "stall": ModelTimeout, "silent": ModelTimeout, "drip": ModelTimeout, "html": ModelGarbage, "overloaded": ModelError,
    "context": ModelRefused, "redirect": ModelRefused, "huge": ModelGarbage, "bytes": ModelError,
}  # fmt: skip


@pytest.mark.parametrize("provider", FORMS)
@pytest.mark.parametrize(("behaviour", "expected"), MISBEHAVIOUR.items(), ids=MISBEHAVIOUR.keys())
def test_every_misbehaviour_is_one_of_our_errors_and_leaves_no_call_behind(
    wire: Wire, provider: str, behaviour: str, expected: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{provider}/{behaviour}"
    _, problem = asyncio.run(ask(registry(wire, monkeypatch, name, timeout=3), name))
    assert isinstance(problem, expected), repr(problem)
    assert name in problem.message  # type: ignore[attr-defined]
    no_call_is_open(wire)


#: Each has a sentence that says what it was.
SAID = {
    "context": "its window is too small", "redirect": "points to another address (HTTP 307)", "huge": "did not come to an end",
    "drip": "did not answer in time", "html": "answered with a web page", "404": "is not known to its provider",
}  # fmt: skip


@pytest.mark.parametrize("provider", FORMS)
@pytest.mark.parametrize("behaviour", SAID)
def test_what_a_provider_did_is_said(wire: Wire, provider: str, behaviour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{provider}/{behaviour}"
    with running_wire() as elsewhere:
        wire.elsewhere = elsewhere.url
        _, problem = asyncio.run(ask(registry(wire, monkeypatch, name, timeout=3), name))
        assert SAID[behaviour] in problem.message  # type: ignore[attr-defined]
        assert elsewhere.requests == [], "the question was sent to an address that nobody had allowed"


@pytest.mark.parametrize("provider", ["openai", "mistral", "anthropic", "gemini"])
def test_a_providers_filter_is_said(wire: Wire, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, problem = asyncio.run(ask(registry(wire, monkeypatch, f"{provider}/filter"), f"{provider}/filter"))
    assert isinstance(problem, ModelRefused)
    assert "declined" in problem.message


@pytest.mark.parametrize("provider", FORMS)
def test_letters_that_arrive_in_parts_and_another_content_type_are_no_matter(
    wire: Wire, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.reply, kept = "Größe über alles: 4000 MB, façade, 日本.", wire.reply
    try:
        for behaviour in ("split", "plain"):
            name = f"{provider}/{behaviour}"
            _, call = asyncio.run(ask(registry(wire, monkeypatch, name), name))
            if name == "mistral/plain":  # whose SDK insists on the type
                assert isinstance(call, ModelGarbage)
                continue
            assert ask.text == wire.reply  # type: ignore[attr-defined]
    finally:
        wire.reply = kept


UNREACHABLE = {"nobody listens": "http://127.0.0.1:9", "no such name": "http://no-such-host.invalid", "no TLS": "https"}


@pytest.mark.parametrize("provider", FORMS)
@pytest.mark.parametrize("where", UNREACHABLE)
def test_a_provider_that_cannot_be_reached_is_said(
    wire: Wire, provider: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = wire.url.replace("http:", "https:") if where == "no TLS" else UNREACHABLE[where]
    for key, value in wire.environment.items():
        monkeypatch.setenv(key, value.replace(wire.url, address))
    monkeypatch.setenv("ASKPANDA_PROVIDER_LIMITS", f"{provider}.retries=0")
    models = Registry(Settings(model=f"{provider}/good", egress="remote"))
    models.warm_up()
    _, problem = asyncio.run(ask(models, f"{provider}/good"))
    assert isinstance(problem, ModelDown | ModelTimeout), repr(problem)
    assert "could not be reached" in problem.message or "in time" in problem.message


def test_the_default_patience_with_a_model_is_less_than_a_readers() -> None:
    """A reader has an answer within 45 s: what a model may take, with all its tries, leaves time for our own part."""
    assert Settings().model_timeout <= 40


@pytest.mark.parametrize("provider", FORMS)
def test_a_provider_that_asks_for_a_moment_is_asked_again(wire: Wire, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.requests.clear()
    name = f"{provider}/429-once"
    _, call = asyncio.run(ask(registry(wire, monkeypatch, name), name))
    assert not isinstance(call, ModelError)
    assert len(wire.requests) == 2


def test_the_wait_a_busy_provider_asks_for_is_handed_on(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    _, problem = asyncio.run(ask(registry(wire, monkeypatch, "openai/429"), "openai/429"))
    assert problem.retry_after == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("provider", FORMS)
def test_cancelling_closes_the_providers_connection(wire: Wire, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def leave() -> None:
        task = asyncio.ensure_future(ask(registry(wire, monkeypatch, f"{provider}/slow"), f"{provider}/slow"))
        while wire.open_streams == 0:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    wire.reply, kept = LONG, wire.reply
    asyncio.run(leave())
    wire.reply = kept
    no_call_is_open(wire)


@pytest.mark.parametrize("provider", FORMS)
@pytest.mark.parametrize("ends", ["cut off", "cancelled"])
def test_a_call_ends_on_a_loop_that_goes_on_as_a_workers_does(
    wire: Wire, provider: str, ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a loop, and the garbage collector, would close what an SDK leaves open."""
    name = f"{provider}/{'endless' if ends == 'cut off' else 'slow'}"

    async def leave() -> None:
        task = asyncio.ensure_future(ask(registry(wire, monkeypatch, name), name))
        if ends == "cancelled":
            while wire.open_streams == 0:
                await asyncio.sleep(0.01)
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(no_call_is_open, wire)

    wire.reply, kept = LONG, wire.reply
    gc.disable()
    try:
        asyncio.run(leave())
    finally:
        gc.enable()
        wire.reply = kept


@pytest.mark.parametrize("provider", FORMS)
def test_a_tool_that_nobody_offered_is_not_called_and_says_nothing(
    wire: Wire, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, call = asyncio.run(ask(registry(wire, monkeypatch, f"{provider}/tool"), f"{provider}/tool"))
    assert ask.text == ""  # type: ignore[attr-defined]
    assert not isinstance(call, Exception) or isinstance(call, ModelError)


@pytest.mark.parametrize("end", ["/v1beta/openai", "/v1"])
def test_a_gemini_address_of_openais_form_is_asked_in_it(wire: Wire, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    models = registry(wire, monkeypatch, "gemini/good")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", f"{wire.url}{end}")
    models = Registry(Settings(model="gemini/good"))
    _, call = asyncio.run(ask(models, "gemini/good"))
    assert ask.text == wire.reply  # type: ignore[attr-defined]
    assert (call.input_tokens, call.output_tokens) == (1200, 300)  # type: ignore[attr-defined]
    assert wire.paths[-1] == f"{end}/chat/completions"
    assert wire.headers[-1]["authorization"] == "Bearer test-key"


@pytest.mark.parametrize("provider", ["openai", "gemini"])
def test_a_model_that_thinks_has_room_for_it_beside_its_answer(
    wire: Wire, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(ask(registry(wire, monkeypatch, f"{provider}/good"), f"{provider}/good"))
    body = wire.requests[-1]
    allowed = body.get("max_completion_tokens") or body["generationConfig"]["maxOutputTokens"]
    assert allowed >= 4 * MAX_TOKENS


def test_a_server_that_speaks_only_openais_form_is_an_ollama_too(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.native_ollama = False
    wire.requests.clear()
    models = registry(wire, monkeypatch, "ollama/good", "ollama/404")

    async def twice() -> None:
        for _ in range(2):
            await ask(models, "ollama/good")
            assert ask.text == wire.reply  # type: ignore[attr-defined]

    asyncio.run(twice())
    wire.native_ollama = True
    assert len(wire.requests) == 3, "the form is found out once"


def test_ollama_is_told_how_long_the_prompt_may_be(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(ask(registry(wire, monkeypatch, "ollama/good"), "ollama/good"))
    assert wire.requests[-1]["options"]["num_ctx"] >= 16_000


def test_one_stuck_provider_leaves_the_others_and_says_that_it_is_full(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKPANDA_PROVIDER_LIMITS", "openai.at_once=2, openai.timeout=4")
    models = registry(wire, monkeypatch, "openai/silent", "mistral/good")

    async def all_at_once() -> list[object]:
        stuck = [ask(models, "openai/silent") for _ in range(3)]
        found = await asyncio.gather(*stuck, ask(models, "mistral/good"))
        return [problem for _, problem in found]

    *stuck, other = asyncio.run(all_at_once())
    assert sorted(type(problem).__name__ for problem in stuck) == ["ModelBusy", "ModelTimeout", "ModelTimeout"]
    assert not isinstance(other, ModelError)


def test_a_wait_may_be_a_moment_or_a_number_and_nonsense_is_none() -> None:
    from email.utils import formatdate

    from askpanda.models.problems import as_model_error

    class Busy(Exception):
        status_code = 429

        def __init__(self, said: str) -> None:
            self.headers = {"retry-after": said}

    def wait(said: str) -> int | None:
        return as_model_error(Busy(said), "m").retry_after

    assert wait("7") == 7
    assert 25 <= (wait(formatdate(time.time() + 30, usegmt=True)) or 0) <= 31
    assert wait("-5") == 1
    assert wait("1e9") == 3600
    assert [wait(said) for said in ("soon", "", "nan", "inf")] == [None] * 4


def test_a_price_is_counted_from_tokens_and_one_that_nobody_knows_is_not_zero() -> None:
    prices = Prices(Settings(prices=["compatible/house=2/4", "openai/a-model-of-ours=1/1"]))
    million = Tokens(1_000_000, 1_000_000)
    assert (prices.cost("openai/gpt-4o-mini", million) or 0) > 0.5
    assert (prices.cost("mistral/mistral-small-latest", million) or 0) > 0
    assert prices.cost("ollama/llama3", million) == 0
    assert prices.cost("compatible/own", million, remote=False) == 0
    assert prices.cost("compatible/elsewhere", million) is None
    assert prices.cost("openai/a-model-of-tomorrow", million) is None
    assert prices.cost("compatible/house", million) == 6
    assert prices.cost("openai/a-model-of-ours", million) == 2


@pytest.mark.parametrize("said", ["openai/x", "openai/x=1", "nobody/x=1/2", "openai/x=-1/2", "openai/x=a/b"])
def test_a_price_that_means_nothing_is_refused(said: str) -> None:
    with pytest.raises(ConfigurationError, match="ASKPANDA_PRICES"):
        Prices(Settings(prices=[said]))


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini", "mistral"])
def test_what_the_provider_had_in_its_cache_is_counted_and_costs_less(
    wire: Wire, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"openai": "gpt-5-mini", "anthropic": "claude-haiku-4-5", "gemini": "gemini-2.5-flash"}
    name = f"{provider}/{names.get(provider, 'mistral-small-latest')}"
    _, whole = asyncio.run(ask(registry(wire, monkeypatch, name), name))
    wire.cached = 1000
    try:
        _, call = asyncio.run(ask(registry(wire, monkeypatch, name), name))
    finally:
        wire.cached = 0
    assert (call.input_tokens, call.cached_tokens) == (1200, 1000)  # type: ignore[attr-defined]
    assert 0 < call.cost_usd < whole.cost_usd  # type: ignore[attr-defined]


def test_a_budget_that_cannot_hold_for_want_of_a_price_is_named() -> None:
    given = {
        "model": "openai/gpt-4o-mini,openai/of-tomorrow,ollama/x,none", "embeddings": "mistral/of-tomorrow", "egress": "remote",
        "OPENAI_API_KEY": "k", "MISTRAL_API_KEY": "k",
    }  # fmt: skip
    assert beyond_budget(Settings(**given)) == []
    assert beyond_budget(Settings(**given, daily_budget_usd=5)) == ["openai/of-tomorrow", "mistral/of-tomorrow"]
    assert beyond_budget(Settings(**given, provider_limits=["mistral.budget=1"])) == ["mistral/of-tomorrow"]
    priced = ["openai/of-tomorrow=1/2", "mistral/of-tomorrow=1/0"]
    assert beyond_budget(Settings(**given, daily_budget_usd=5, prices=priced)) == []


def test_what_is_put_into_anthropics_cache_costs_more_than_what_is_read(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of ours asks for it; a gateway on the way may."""
    name = "anthropic/claude-haiku-4-5"
    models = registry(wire, monkeypatch, name)
    costs = []
    for stored in (0, 1000):
        wire.odd = {"read": 2200 - stored, "stored": stored}
        try:
            _, call = asyncio.run(ask(models, name))
        finally:
            wire.odd = None
        assert call.input_tokens == 2200  # type: ignore[attr-defined]
        costs.append(call.cost_usd)  # type: ignore[attr-defined]
    assert costs[1] - costs[0] == pytest.approx(1000 * 0.25e-6)


#: What a provider may say of tokens, and what of it is a count: (read, written, cached).
ODD = {
    "nothing": ({}, (0, 0, 0)),
    "null": ({"read": None, "written": None}, (0, 0, 0)),
    "negative": ({"read": -5, "written": -7, "cached": -1}, (0, 0, 0)),
    "words": ({"read": "many", "written": [1], "cached": {"a": 1}}, (0, 0, 0)),
    "impossible": ({"read": 10**11, "written": 10**30}, (0, 0, 0)),
    "more than was read": ({"cached": 5000}, (1200, 300, 1200)),
}


@pytest.mark.parametrize("provider", ["openai", "mistral", "ollama", "compatible"])
@pytest.mark.parametrize(("odd", "counted"), ODD.values(), ids=ODD.keys())
def test_an_odd_count_of_tokens_costs_no_answer_and_is_none(
    wire: Wire, provider: str, odd: dict[str, object], counted: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{provider}/good"
    models = registry(wire, monkeypatch, name)
    wire.odd = odd
    try:
        _, call = asyncio.run(ask(models, name))
    finally:
        wire.odd = None
    assert ask.text == wire.reply  # type: ignore[attr-defined]
    if isinstance(call, ModelGarbage):
        assert provider in ("mistral", "ollama"), "whose SDKs check what they read"
        assert odd is ODD["words"][0]
        return
    if provider == "ollama":
        counted = (*counted[:2], 0)  # it tells of no cache
    assert (call.input_tokens, call.output_tokens, call.cached_tokens) == counted  # type: ignore[attr-defined]


class TestSettings:
    def test_a_model_outside_is_refused_unless_the_administrator_allows_it(self) -> None:
        with pytest.raises(ConfigurationError, match="ASKPANDA_EGRESS=remote"):
            Registry(Settings(model="openai/gpt-5-mini", OPENAI_API_KEY="k"))
        remote = Registry(Settings(model="openai/gpt-5-mini", egress="remote", OPENAI_API_KEY="k"))
        assert remote.describe()[0] == {
            "name": "openai/gpt-5-mini",
            "provider": "openai",
            "remote": True,
            "host": "api.openai.com",
        }

    def test_a_listed_host_counts_as_local(self) -> None:
        settings = Settings(model="compatible/x", COMPATIBLE_BASE_URL="https://llm.site.org/v1", model_hosts=["llm.site.org"])
        assert Registry(settings).get("compatible/x").remote is False

    def test_a_missing_key_names_its_variable(self) -> None:
        with pytest.raises(ConfigurationError, match="MISTRAL_API_KEY"):
            Registry(Settings(model="mistral/small", egress="remote"))

    @pytest.mark.parametrize("name", ["gpt-5", "nobody/x", "openai/"])
    def test_a_name_that_means_nothing_is_refused(self, name: str) -> None:
        with pytest.raises(ConfigurationError, match="not understood"):
            Registry(Settings(model=name))

    @pytest.mark.parametrize("said", ["openai", "openai.at_once=0", "nobody.budget=1", "openai.colour=1", "ollama.timeout=x"])
    def test_a_limit_that_means_nothing_is_refused(self, said: str) -> None:
        with pytest.raises(ConfigurationError, match="PROVIDER_LIMITS"):
            Registry(Settings(provider_limits=[said]))

    def test_without_egress_only_none_is_left(self) -> None:
        assert Registry(Settings(model="ollama/llama3", egress="none")).names() == ["none"]

    def test_an_unknown_model_is_said_with_the_known_ones(self) -> None:
        with pytest.raises(UnknownModel, match="ollama/llama3"):
            Registry(Settings(model="ollama/llama3")).check("openai/gpt-5")

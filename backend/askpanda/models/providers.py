"""The providers as data: where each is reached, where its key is, which generator speaks to it."""

import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from askpanda.errors import ConfigurationError
from askpanda.settings import Settings

#: An answer's upper bound; the longest of ours have about 900 tokens.
MAX_TOKENS = 2048
#: What models of OpenAI and Gemini may think beside it: their limit is on both together, and thoughts alone would fill ours.
THOUGHT_TOKENS = 6144
#: How an address of Gemini ends where OpenAI's form is spoken.
_OPENAI_FORM = ("/openai", "/v1")

#: Haystack's packages replace themselves in `sys.modules` while they are imported: a second thread that comes in at that moment
#: gets the one that is replaced, and does not find its generator there.
_IMPORTING = threading.Lock()
_imported: set[str] = set()


@dataclass(frozen=True, slots=True)
class Provider:
    """`key` and `address` name the settings that hold them; `default` is the provider's own address."""

    key: str | None
    address: str | None
    default: str
    price_id: str | None
    suffix: str = ""


PROVIDERS: dict[str, Provider] = {
    "openai": Provider("openai_api_key", "openai_base_url", "https://api.openai.com/v1", "openai"),
    "mistral": Provider("mistral_api_key", "mistral_base_url", "https://api.mistral.ai", "mistral"),
    "anthropic": Provider("anthropic_api_key", "anthropic_base_url", "https://api.anthropic.com", "anthropic"),
    "gemini": Provider("google_api_key", "google_gemini_base_url", "https://generativelanguage.googleapis.com", "google"),
    "ollama": Provider(None, "ollama_host", "http://127.0.0.1:11434", None, suffix="/v1"),
    "compatible": Provider("compatible_api_key", "compatible_base_url", "", None),
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One configured model: `name` as in the setting (PROVIDER/NAME), `model` as the provider calls it."""

    name: str
    provider: str
    model: str
    url: str
    host: str
    remote: bool
    key: str


def endpoint(name: str, settings: Settings) -> Endpoint:
    """What `name` stands for; ConfigurationError says which variable is missing or wrong."""
    provider_name, _, model = name.partition("/")
    provider = PROVIDERS.get(provider_name)
    if provider is None or not model:
        known = ", ".join(f"{p}/NAME" for p in PROVIDERS)
        raise ConfigurationError(f"ASKPANDA_MODEL={name!r} is not understood. Use none, {known}.")
    given = getattr(settings, provider.address) if provider.address else None
    url = _with_scheme(given or provider.default).rstrip("/")
    if not url:
        raise ConfigurationError(f"{name} needs the address of its server: set {provider.address.upper()}.")  # type: ignore[union-attr]
    host = urlsplit(url).hostname
    if not host or urlsplit(url).scheme not in ("http", "https"):
        raise ConfigurationError(f"the address of {name}, {url!r}, is not an http address.")
    if provider.suffix and not url.endswith(provider.suffix):
        url += provider.suffix
    secret = getattr(settings, provider.key) if provider.key else None
    key = secret.get_secret_value() if secret else ""
    if not key and provider.key and not given:
        raise ConfigurationError(f"{name} needs a key: set {_variable(provider.key)} in the environment.")
    remote = not is_local(host, settings.model_hosts)
    if remote and settings.egress == "local":
        raise ConfigurationError(
            f"{name} is at {host}, outside this site, and ASKPANDA_EGRESS is local. Set ASKPANDA_EGRESS=remote to allow it "
            f"(names are then masked), or ASKPANDA_MODEL_HOSTS={host} if that host is your own."
        )
    return Endpoint(name, provider_name, model, url, host, remote, key or "not-needed")


def openai_form(endpoint: Endpoint) -> str:
    """Where the provider speaks OpenAI's form: Mistral's and Gemini's addresses are given as their own SDKs want them."""
    if endpoint.provider == "mistral" and not endpoint.url.endswith("/v1"):
        return f"{endpoint.url}/v1"
    if endpoint.provider == "gemini" and not endpoint.url.endswith(_OPENAI_FORM):
        return f"{endpoint.url.removesuffix('/v1beta')}/v1beta/openai"
    return endpoint.url


def is_local(host: str, listed: list[str]) -> bool:
    """Loopback and private addresses, localhost, and what the administrator listed. A name is never looked up."""
    if host in listed or host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private


def generator(endpoint: Endpoint, timeout: float) -> Any:
    """A Haystack chat generator for `endpoint`; its SDK is imported here, when it is first wanted (a second or two)."""
    make = _GENERATORS.get(endpoint.provider, _openai_like)
    if endpoint.provider in _imported:
        return make(endpoint, timeout)
    with _IMPORTING:
        made = make(endpoint, timeout)
        _imported.add(endpoint.provider)
    return made


def _openai_like(endpoint: Endpoint, timeout: float) -> Any:
    from haystack.components.generators.chat import OpenAIChatGenerator
    from haystack.utils import Secret

    from askpanda.models.closing import CLIENT

    thinks = endpoint.provider in ("openai", "gemini")
    limit = "max_completion_tokens" if endpoint.provider == "openai" else "max_tokens"
    return OpenAIChatGenerator(
        api_key=Secret.from_token(endpoint.key),
        model=endpoint.model,
        api_base_url=endpoint.url,
        timeout=timeout,
        max_retries=0,
        http_client_kwargs={**CLIENT, "timeout": timeout, "limits": {"max_connections": None}},
        generation_kwargs={limit: MAX_TOKENS + THOUGHT_TOKENS * thinks, "stream_options": {"include_usage": True}},
    )


def _anthropic(endpoint: Endpoint, timeout: float) -> Any:
    from askpanda.models.claude import AnthropicAt

    return AnthropicAt(endpoint.model, endpoint.key, endpoint.url.removesuffix("/v1"), timeout, MAX_TOKENS)


def _ollama(endpoint: Endpoint, timeout: float) -> Any:
    from askpanda.models.ollama import OllamaEither

    native = endpoint.url.removesuffix("/v1")
    return OllamaEither(endpoint.model, native, timeout, MAX_TOKENS, _openai_like(endpoint, timeout))


def _mistral(endpoint: Endpoint, timeout: float) -> Any:
    from askpanda.models.mistral import MistralSdkChatGenerator

    return MistralSdkChatGenerator(endpoint.model, endpoint.key, endpoint.url, timeout, MAX_TOKENS)


def _gemini(endpoint: Endpoint, timeout: float) -> Any:
    """By Google's own form, and by OpenAI's at an address that is one of that form."""
    if endpoint.url.endswith(_OPENAI_FORM):
        return _openai_like(endpoint, timeout)
    from askpanda.models.gemini import GeminiAt

    url = endpoint.url.removesuffix("/v1beta")
    return GeminiAt(endpoint.model, endpoint.key, url, timeout, MAX_TOKENS + THOUGHT_TOKENS)


_GENERATORS: dict[str, Callable[[Endpoint, float], Any]] = {
    "anthropic": _anthropic, "gemini": _gemini, "mistral": _mistral, "ollama": _ollama,
}  # fmt: skip


def _with_scheme(url: str) -> str:
    return url if not url or "://" in url else f"http://{url}"


def _variable(setting: str) -> str:
    return setting.upper()

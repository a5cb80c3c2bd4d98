"""Every setting, once: name, default, what it does. `askpanda serve --help` and docs/settings.md come from this table."""

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from askpanda.experiments import Experiment, load

PREFIX = "ASKPANDA_"
Words = Annotated[list[str], NoDecode]


def _state_home() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "askpanda"


def _provider(name: str, help_: str, default: str | None = None) -> Any:
    """A setting that has its provider's usual name, without our prefix."""
    return Field(default=default, validation_alias=AliasChoices(name), description=help_)


class _OfTheExperiment(PydanticBaseSettingsSource):
    """The settings that an experiment's file stands for. Raises ConfigurationError for one that cannot be used."""

    def __call__(self) -> dict[str, Any]:
        found = load(str(self.current_state.get("experiment") or "atlas"))
        return {"allowed_monitors": list(found.monitors), "link_hosts": list(found.link_hosts), "cric_url": found.cric}

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Not asked: all come at once."""
        return None, field_name, False


class Settings(BaseSettings):
    """Read from the environment. Lists are comma separated."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", populate_by_name=True)

    host: str = Field("127.0.0.1", description="address to listen on; another one than loopback wants TRUSTED_HOSTS")
    port: int = Field(8765, ge=0, le=65535, description="port to listen on")
    workers: int = Field(2, ge=1, le=64, description="gunicorn worker processes")
    threads: int = Field(128, ge=4, le=1024, description="request threads in each worker")
    state_dir: Path = Field(
        default_factory=_state_home,
        description="folder for databases, indexes, uploads, tokens, askpanda.pid and askpanda.log",
    )
    model: str = Field(
        "none",
        description="none, openai/NAME, mistral/NAME, anthropic/NAME, gemini/NAME, ollama/NAME or compatible/NAME; "
        "several, comma separated, can be chosen per question and the first is the default",
    )
    egress: Literal["none", "local", "remote"] = Field(
        "local",
        description="where text may go for a model: none (nowhere), local (loopback, private and MODEL_HOSTS addresses), "
        "remote (any provider, names masked)",
    )
    model_hosts: Words = Field([], description="hosts that count as local for EGRESS, such as an institute's own model server")
    model_timeout: float = Field(40.0, gt=0, description="seconds after which a model's answer is given up")
    provider_limits: Words = Field(
        [],
        description="limits of single providers, PROVIDER.LIMIT=NUMBER: at_once (calls in each worker, 112), timeout (seconds, "
        "MODEL_TIMEOUT), retries (before the first word, 1), budget (US$ a day)",
    )
    store: Literal["sqlite", "elasticsearch"] = Field("sqlite", description="where documents are searched")
    elasticsearch_url: str = Field("http://127.0.0.1:9200", description="address of Elasticsearch")
    index: str = Field("askpanda", description="name of the document index (an alias on Elasticsearch)")
    embeddings: str = Field(
        "none",
        description=(
            "none; PROVIDER/NAME (openai, mistral, ollama, gemini, compatible); or local/FOLDER, ONNX weights of a sentence "
            "encoder: search by meaning beside the one by words"
        ),
    )
    database_url: str = Field("", description="SQLAlchemy address of the database; empty: SQLite in STATE_DIR")
    documents_dir: Path | None = Field(None, description="folder whose documents are indexed at start and when they change")
    monitor_url: str = Field("", description="monitor that the backend itself may ask, as the command line does")
    monitor_token: SecretStr = Field(SecretStr(""), description="token for MONITOR_URL")
    experiment: str = Field(
        "atlas",
        description="atlas, rubin, epic, panda or the path of a file (docs/experiments.md): what ALLOWED_MONITORS, LINK_HOSTS "
        "and CRIC_URL are where they are not set, and the words of the experiment",
    )
    allowed_monitors: Words = Field([], description="monitors that may be fetched from; default: the experiment's")
    cric_url: str = Field(
        "",
        description="where the backend reads the settings of all queues (CRIC), to keep them; default: the experiment's; "
        "set to nothing: only the monitor's list",
    )
    link_hosts: Words = Field([], description="hosts that an answer may link to; default: the experiment's")
    trusted_hosts: Words = Field(
        ["127.0.0.1", "localhost", "[::1]"], description="Host headers that are answered (without port)"
    )
    allowed_origins: Words = Field([], description="web origins that may call the API besides the extension")
    rate_limit: int = Field(600, ge=1, description="asks per minute and owner")
    daily_budget_usd: float = Field(
        0.0,
        ge=0,
        description="model cost per day after which nothing that has a price is asked: answers go on without a model, "
        "indexing without vectors; 0: no limit",
    )
    prices: Words = Field(
        [],
        description="PROVIDER/NAME=IN/OUT, US$ per million tokens, of models without a list price: those of one's own servers "
        "count as free, others as unknown",
    )
    upload_limit_mb: int = Field(256, ge=1, description="largest upload, unpacked")
    upload_keep_minutes: int = Field(60, ge=1, description="how long an upload is kept")
    conversation_keep_days: int = Field(
        90, ge=1, description="conversations that nobody used for so long are removed, by the server and by `askpanda purge`"
    )
    verdict_keep_days: int = Field(
        90,
        ge=1,
        description="how long it is remembered which verdict how many jobs had, by day and site, without anybody's text",
    )
    wording_keep_days: int = Field(
        7,
        ge=0,
        description="how long a model's words are kept for the same question on the same evidence, or on a job with the same "
        "cause; 0: asked anew each time",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="how much goes to askpanda.log")

    openai_api_key: SecretStr | None = _provider("OPENAI_API_KEY", "key for OpenAI")
    openai_base_url: str | None = _provider("OPENAI_BASE_URL", "address of OpenAI, or of what stands in for it")
    mistral_api_key: SecretStr | None = _provider("MISTRAL_API_KEY", "key for Mistral")
    mistral_base_url: str | None = _provider("MISTRAL_BASE_URL", "address of Mistral")
    anthropic_api_key: SecretStr | None = _provider("ANTHROPIC_API_KEY", "key for Anthropic")
    anthropic_base_url: str | None = _provider("ANTHROPIC_BASE_URL", "address of Anthropic")
    google_api_key: SecretStr | None = _provider("GOOGLE_API_KEY", "key for Gemini")
    google_gemini_base_url: str | None = _provider(
        "GOOGLE_GEMINI_BASE_URL", "address of Gemini; one that ends in /openai or /v1 is asked in OpenAI's form"
    )
    ollama_host: str | None = _provider("OLLAMA_HOST", "address of Ollama", "http://127.0.0.1:11434")
    compatible_api_key: SecretStr | None = _provider("COMPATIBLE_API_KEY", "key for an OpenAI-compatible server")
    compatible_base_url: str | None = _provider("COMPATIBLE_BASE_URL", "address of an OpenAI-compatible server")

    @field_validator(
        "model_hosts",
        "provider_limits",
        "prices",
        "allowed_monitors",
        "link_hosts",
        "trusted_hosts",
        "allowed_origins",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given explicitly, else the environment's, else the experiment's."""
        return init_settings, env_settings, _OfTheExperiment(settings_cls)

    @property
    def of_experiment(self) -> Experiment:
        """The experiment's file."""
        return load(self.experiment)

    @property
    def models(self) -> list[str]:
        """Configured model names, the default first; `none` can always be chosen."""
        names = [word.strip() for word in self.model.split(",") if word.strip()]
        return list(dict.fromkeys([*names, "none"]))


@cache
def settings() -> Settings:
    """The process's settings, read once from the environment."""
    return Settings()


def table() -> list[tuple[str, str, str]]:
    """(variable, default, what it does) of every setting, in the order of the class."""
    rows = []
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"{PREFIX}{name.upper()}"
        rows.append((variable, _shown(name, field.default), field.description or ""))
    return rows


def _shown(name: str, default: Any) -> str:
    if name == "state_dir":
        return "~/.local/state/askpanda"
    if isinstance(default, SecretStr) or default is None:
        return ""
    return ",".join(map(str, default)) if isinstance(default, list) else str(default)


def markdown() -> str:
    """docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Environment variables; lists are separated by commas. Made by `python -m askpanda.settings`.",
        "",
    ]
    lines += ["| variable | default | what it does |", "|---|---|---|"]
    lines += [f"| `{name}` | {f'`{default}`' if default else ''} | {text} |" for name, default, text in table()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")

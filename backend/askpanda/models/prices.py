"""What a call costs, from its tokens and the list prices of genai-prices (kept in the package, nothing is fetched) or the
settings.
"""

from dataclasses import dataclass
from typing import Any

from askpanda.errors import ConfigurationError
from askpanda.models.limits import limits
from askpanda.models.providers import PROVIDERS, endpoint
from askpanda.settings import Settings

#: Characters of a token where the provider did not count them: a round figure, on the dear side for English and JSON.
PER_TOKEN = 3.5

#: Of one call: several times the largest window of a model. A count beyond it is none, and no budget goes by it.
MOST_TOKENS = 10_000_000

_FORM = (
    "ASKPANDA_PRICES: {said!r} is not understood. Write PROVIDER/NAME=IN/OUT in US$ per million tokens, "
    "such as compatible/x=0.2/0.6."
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """`cached` and `stored` are the parts of `read` that came from the provider's cache, and that it put there."""

    read: int = 0
    written: int = 0
    cached: int = 0
    stored: int = 0

    @classmethod
    def estimated(cls, told: int, heard: int = 0) -> "Tokens":
        """Of so many characters that a model was told, and said."""
        return cls(round(told / PER_TOKEN), round(heard / PER_TOKEN))


def count(said: Any) -> int:
    """Tokens as a provider counted them; 0 where what it says is no count."""
    counted = isinstance(said, int | float) and not isinstance(said, bool) and 0 < said <= MOST_TOKENS
    return int(said) if counted else 0


class Prices:
    """Raises ConfigurationError for a price that is not understood."""

    def __init__(self, settings: Settings) -> None:
        self._own: dict[str, tuple[float, float]] = {}
        for said in settings.prices:
            name, _, prices = said.partition("=")
            read, _, written = prices.partition("/")
            try:
                pair = float(read), float(written)
                if name.partition("/")[0] not in PROVIDERS or not all(0 <= price < 1e6 for price in pair):
                    raise ValueError
            except ValueError as error:
                raise ConfigurationError(_FORM.format(said=said)) from error
            self._own[name.strip()] = pair

    def cost(self, name: str, tokens: Tokens, *, remote: bool = True) -> float | None:
        """US$ for a call of the model PROVIDER/NAME; None where its price is not known.

        One's own server has no price: it costs nothing by the token, unless the settings say what.
        """
        if name in self._own:
            read, written = self._own[name]
            return (tokens.read * read + tokens.written * written) / 1e6
        provider, _, model = name.partition("/")
        if provider == "ollama" or (provider == "compatible" and not remote):
            return 0.0
        return _listed(PROVIDERS[provider].price_id, model, tokens)


def beyond_budget(settings: Settings) -> list[str]:
    """Configured models for which there is a budget that cannot hold, because nobody knows their price.

    Raises ConfigurationError for a setting that is not understood.
    """
    prices, allowed = Prices(settings), limits(settings)
    found = []
    for name in dict.fromkeys([*settings.models, settings.embeddings]):
        provider = name.partition("/")[0]
        if settings.egress == "none" or provider not in PROVIDERS:
            continue
        limited = settings.daily_budget_usd or allowed[provider].budget
        if limited and prices.cost(name, Tokens(), remote=endpoint(name, settings).remote) is None:
            found.append(name)
    return found


def _listed(provider: str | None, model: str, tokens: Tokens) -> float | None:
    if provider is None:
        return None
    from genai_prices import Usage, calc_price

    used = Usage(
        input_tokens=tokens.read,
        output_tokens=tokens.written,
        cache_read_tokens=tokens.cached,
        cache_write_tokens=tokens.stored,
    )
    try:
        return float(calc_price(used, model, provider_id=provider).total_price)
    except LookupError:
        return None

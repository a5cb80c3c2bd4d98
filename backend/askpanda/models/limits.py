"""What one provider may cost, in time, in calls at once and in money, so that one that is stuck or dear stops nobody else."""

from dataclasses import dataclass, replace

from askpanda.errors import ConfigurationError
from askpanda.models.providers import PROVIDERS
from askpanda.settings import Settings

#: A worker has 128 threads by default; what is left over answers everybody who did not ask this provider.
AT_ONCE = 112


@dataclass(frozen=True, slots=True)
class Limits:
    """`at_once` calls in each worker, `timeout` seconds for a whole answer, `retries` before the first word, US$ a day."""

    timeout: float
    at_once: int = AT_ONCE
    retries: int = 1
    budget: float = 0.0  # 0: only DAILY_BUDGET_USD holds


_WHOLE = ("at_once", "retries")
_FORM = (
    "ASKPANDA_PROVIDER_LIMITS: {said!r} is not understood. "
    "Write PROVIDER.LIMIT=NUMBER, such as ollama.at_once=2; limits are " + ", ".join(Limits.__slots__) + "."
)


def limits(settings: Settings) -> dict[str, Limits]:
    """The limits of every provider. Raises ConfigurationError for a word that is not understood."""
    found = {name: Limits(settings.model_timeout) for name in PROVIDERS}
    for said in settings.provider_limits:
        name, _, value = said.partition("=")
        provider, _, limit = name.strip().partition(".")
        try:
            number = int(value) if limit in _WHOLE else float(value)
            if provider not in found or limit not in Limits.__slots__ or not 0 <= number < 1e6:
                raise ValueError
            if limit in ("timeout", "at_once") and not number:
                raise ValueError
        except ValueError as error:
            raise ConfigurationError(_FORM.format(said=said)) from error
        found[provider] = replace(found[provider], **{limit: number})  # type: ignore[arg-type]
    return found

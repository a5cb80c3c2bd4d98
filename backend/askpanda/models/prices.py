"""What a call costs, from counted tokens and the list prices of genai-prices (kept in the package, nothing is fetched)."""

from askpanda.models.providers import PROVIDERS


def cost_usd(provider: str, model: str, input_tokens: int, output_tokens: int) -> float:
    """US dollars; 0 for a model without a list price (one's own server, an unknown name)."""
    price_id = PROVIDERS[provider].price_id
    if price_id is None:
        return 0.0
    from genai_prices import Usage, calc_price

    try:
        price = calc_price(Usage(input_tokens=input_tokens, output_tokens=output_tokens), model, provider_id=price_id)
    except LookupError:
        return 0.0
    return float(price.total_price)

"""Whether one amount is a way of saying another: converted, rounded, or bounded by it."""

from collections.abc import Iterator
from math import isfinite

from askpanda.pipeline.checking import moments
from askpanda.pipeline.checking.quantities import Quantity
from askpanda.pipeline.checking.vocabulary import table

#: How far a rounded value may be off: without a word that says so, with `about`, and with a bound.
ROUND, ABOUT, BOUND = 0.08, 0.07, 0.25


def same(claim: Quantity, fact: Quantity) -> bool:
    """Whether the claim is a way of saying the fact: converted, rounded, or bounded by it."""
    if claim.kind in ("date", "clock"):
        return fact.kind == claim.kind and moments.same(claim.moment, fact.moment)
    readings = [claim.number] if claim.also is None else [claim.number, claim.also]
    return any(_near(claim, reading, value, exact) for reading in readings for value, exact in _in_unit_of(claim, fact))


def _in_unit_of(claim: Quantity, fact: Quantity) -> Iterator[tuple[float, bool]]:
    """(the fact's value in the claim's unit, whether both have the same unit)."""
    if claim.kind == "bytes" == fact.kind and claim.scale != fact.scale:
        power = claim.scale - fact.scale
        yield fact.number / 1000**power, False
        yield fact.number / 1024**power, False
    elif claim.kind == "time" == fact.kind:
        yield fact.number * fact.scale / claim.scale, claim.scale == fact.scale
    else:
        yield fact.number, True


def _near(claim: Quantity, said: float, value: float, exact: bool) -> bool:
    off = abs(value - said)
    if not isfinite(off):
        return False  # `nan` and numbers beyond all bounds are amounts of nothing
    if off <= 1e-9 * max(1.0, abs(value)):
        return True
    if exact and value == int(value) and (not claim.hedge or not claim.kind or claim.weak):
        return False
    if off <= 0.5001 * claim.ulp and off <= ROUND * abs(value) and said:
        return True
    if claim.hedge == "about":
        if claim.kind == "percent":
            return off <= (min(3.0, max(1.5, said / 10)) if said % 5 == 0 or said % 1 else 0.5)
        return off <= ABOUT * abs(value)
    if claim.hedge == "over":
        return 0 <= value - said <= BOUND * abs(said)
    if claim.hedge == "under":
        return 0 <= said - value <= BOUND * abs(said)
    return False


def kinds_agree(claim: str, fact: str) -> bool:
    """Whether things of the second kind may be counted as ones of the first: jobs as failures, and not the other way."""
    return claim == fact or fact in table().families.get(claim, ())

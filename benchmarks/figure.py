"""One measured figure."""

import statistics
from dataclasses import dataclass, field


@dataclass
class Figure:
    """`values` are single measurements in `unit`; where there are none, `note` says why it was not measured."""

    name: str
    unit: str
    values: list[float] = field(default_factory=list)
    target: str = ""
    note: str = ""

    def row(self) -> tuple[str, ...]:
        """name, median, p95, lowest to highest, how often measured, target, note."""
        if not self.values:
            return (self.name, "not measured", "", "", "0", self.target, self.note)
        values = sorted(self.values)
        p95 = values[min(len(values) - 1, round(0.95 * (len(values) - 1)))]
        spread = "" if len(values) == 1 else f"{_short(values[0])} to {_short(values[-1])}"
        several = len(values) > 1
        return (
            self.name,
            f"{_short(statistics.median(values))} {self.unit}",
            _short(p95) if several else "",
            spread,
            str(len(values)),
            self.target,
            self.note,
        )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

"""A local BigPanDA: pages, JSON and log files in the monitor's shape, over jobs that are data. See README.md beside this
file.
"""

from typing import Any

__all__ = ["case", "cases", "create_monitor", "running_monitor"]


def __getattr__(name: str) -> Any:
    # Late, so that reading job data needs no Flask and serving plain http needs no test package.
    if name == "create_monitor":
        from tests.bigpanda.app import create_monitor

        return create_monitor
    if name == "running_monitor":
        from tests.bigpanda.serving import running_monitor

        return running_monitor
    if name in ("case", "cases"):
        from tests.bigpanda import casebook

        return getattr(casebook, name)
    raise AttributeError(name)

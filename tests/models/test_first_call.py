"""The first call of a process: libraries are imported then, by whichever thread comes first."""

import os
import subprocess
import sys

import pytest

from tests.wire import Wire, running_wire

#: Asks while another thread is in the middle of the import, as it is when a question comes right after the start.
TWO_THREADS = """
import asyncio, sys, threading
import lazy_imports
from haystack.dataclasses import ChatMessage

busy, real = threading.Event(), lazy_imports.LazyImporter

def slow(name, *args, **kwargs):
    if name == "haystack.components.generators.chat":
        busy.set()
        threading.Event().wait(1)
    return real(name, *args, **kwargs)

lazy_imports.LazyImporter = slow

from askpanda.models import Registry
from askpanda.settings import Settings

registry = Registry(Settings())
model = registry.get(registry.default)
warm = threading.Thread(target=registry.warm_up)
warm.start()
assert busy.wait(30)

async def ask():
    ticks = 0
    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.02)
            ticks += 1
    async def show(text):
        sys.stdout.write(text)
    beside = asyncio.ensure_future(tick())
    await model.stream([ChatMessage.from_user("What is PanDA?")], show)
    beside.cancel()
    print(" and the loop went on" if ticks > 5 else " and the loop stood still")

asyncio.run(ask())
warm.join()
"""
#: Asks where the library of a provider is not there.
WITHOUT = """
import asyncio, sys
sys.modules[sys.argv[1]] = None
from haystack.dataclasses import ChatMessage
from askpanda.errors import ModelRefused
from askpanda.models import Registry
from askpanda.settings import Settings

registry = Registry(Settings())

async def say(text):
    raise AssertionError(text)

try:
    asyncio.run(registry.get(registry.default).stream([ChatMessage.from_user("What is PanDA?")], say))
except ModelRefused as refused:
    print(refused.message)
"""


def run(wire: Wire, model: str, script: str, *words: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ASKPANDA_")}
    env = {**clean, **wire.environment, "ASKPANDA_MODEL": model}
    done = subprocess.run(
        [sys.executable, "-c", script, *words], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("model", ["openai/good", "ollama/good"])
def test_a_question_that_comes_while_the_library_is_being_imported_is_answered(model: str) -> None:
    with running_wire("It is a workload management system.") as wire:
        assert run(wire, model, TWO_THREADS) == "It is a workload management system. and the loop went on\n"


@pytest.mark.parametrize(
    ("model", "library"), [("openai/good", "openai"), ("mistral/good", "mistralai"), ("anthropic/good", "anthropic")]
)
def test_a_library_that_is_not_there_is_a_plain_reason(model: str, library: str) -> None:
    with running_wire("It is a workload management system.") as wire:
        said = run(wire, model, WITHOUT, library)
    assert said == f"{model} cannot be asked: its library could not be loaded. Install the locked versions again.\n"

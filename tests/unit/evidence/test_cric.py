"""Queue settings from CRIC: read once, kept, refreshed by themselves, used for a while without their source."""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpanda.evidence.cric import FRESH, PAUSE, USABLE, Cric
from askpanda.evidence.queues import Queues, atoms, from_list, from_mapping, shown, tools_of
from askpanda.settings import Settings
from tests.bigpanda import cric as local

URL = "http://cric.local:8000/api/atlas/pandaqueue/query/?json"


class Source:
    """Stands in for CRIC: counts what it is asked, and answers what it is told."""

    def __init__(self, body: Any = None, status: int = 200) -> None:
        self.body, self.status, self.asked, self.moment = body if body is not None else local.records(), status, 0, time.time()
        self.urls: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        self.urls.append(f"{request.headers['host']} {request.url}")
        if isinstance(self.body, Exception):
            raise self.body
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return httpx.Response(self.status, content=content, headers={"location": "http://elsewhere.local/"})


def cric(folder: Path, source: Source, url: str = URL, addresses: tuple[str, ...] = ("10.0.0.7",)) -> Cric:
    settings = Settings(state_dir=folder, cric_url=url)
    return Cric(
        settings, transport=httpx.MockTransport(source), resolve=lambda *_: list(addresses), clock=lambda: source.moment
    )


def read(made: Cric) -> Queues | None:
    return made.queues(patience=30)


def test_the_first_question_brings_all_records_and_later_ones_go_to_the_copy(tmp_path: Path) -> None:
    source = Source()
    found = read(cric(tmp_path, source))
    assert found is not None
    assert found.records == local.records()
    assert (found.source, found.warning) == (URL, "")
    assert source.urls == ["cric.local:8000 http://10.0.0.7:8000/api/atlas/pandaqueue/query/?json"]
    again = read(cric(tmp_path, source))  # another worker
    assert again is not None
    assert again.records == found.records
    assert source.asked == 1
    assert oct((tmp_path / "cric.json").stat().st_mode)[-3:] == "600"


def test_a_copy_is_read_anew_after_an_hour(tmp_path: Path) -> None:
    source = Source()
    made = cric(tmp_path, source)
    read(made)
    source.moment += FRESH + 60
    source.body = {"NEW": {"site": "NEW"}}
    found = read(made)
    assert found is not None
    assert list(found.records) == ["NEW"]
    assert found.warning == ""


def test_without_its_source_a_copy_serves_for_a_week_and_says_how_old_it_is(tmp_path: Path) -> None:
    source = Source()
    made = cric(tmp_path, source)
    read(made)
    source.body = httpx.ConnectError("away")
    source.moment += 3 * 86400
    found = read(made)
    assert found is not None
    assert found.records == local.records()
    assert "about 3 days old" in found.warning
    assert "could not be reached" in made.trouble
    assert URL in made.trouble
    source.moment += USABLE
    assert read(made) is None


def test_a_source_that_failed_is_left_alone_for_five_minutes_by_all_workers(tmp_path: Path) -> None:
    source = Source(status=503)
    assert read(cric(tmp_path, source)) is None
    assert read(cric(tmp_path, source)) is None
    assert source.asked == 1
    source.status = 200
    source.moment += PAUSE + 1
    assert read(cric(tmp_path, source)) is not None
    assert cric(tmp_path, source).trouble == ""


@pytest.mark.parametrize(
    "body",
    [b"", b"<!DOCTYPE html><html>sign in</html>", b"[1, 2]", b'{"BNL": NaN}', b"[" * 100_000, b'{"error": "no"}', b"\xff\xfe"],
)
def test_what_is_no_queue_data_replaces_no_copy(tmp_path: Path, body: bytes) -> None:
    source = Source()
    made = cric(tmp_path, source)
    read(made)
    source.body = body
    source.moment += 2 * FRESH
    found = read(made)
    assert found is not None
    assert found.records == local.records()
    assert found.warning
    assert made.trouble


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    source = Source(status=302)
    made = cric(tmp_path, source)
    assert read(made) is None
    assert source.asked == 1
    assert "302" in made.trouble


def test_the_default_address_is_read_at_public_addresses_only(tmp_path: Path) -> None:
    source = Source()
    default = Settings().cric_url
    made = cric(tmp_path, source, url=default, addresses=("127.0.0.1", "10.1.2.3"))
    assert read(made) is None
    assert source.asked == 0
    assert "not public" in made.trouble


def test_an_empty_address_switches_it_off(tmp_path: Path) -> None:
    source = Source()
    assert read(cric(tmp_path, source, url="")) is None
    assert source.asked == 0


def test_a_copy_of_another_source_is_not_used(tmp_path: Path) -> None:
    source = Source()
    read(cric(tmp_path, source))
    source.body = {"OTHER": {"site": "OTHER"}}
    found = read(cric(tmp_path, source, url="http://other.local/q/?json"))
    assert found is not None
    assert list(found.records) == ["OTHER"]


def test_a_broken_copy_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "cric.json").write_text("{broken")
    found = read(cric(tmp_path, Source()))
    assert found is not None
    assert "BNL" in found.records


def test_a_slow_source_does_not_hold_the_question_and_serves_the_next(tmp_path: Path) -> None:
    released = threading.Event()
    source = Source()

    def slowly(request: httpx.Request) -> httpx.Response:
        released.wait(30)
        return source(request)

    settings = Settings(state_dir=tmp_path, cric_url=URL)
    made = Cric(settings, transport=httpx.MockTransport(slowly), resolve=lambda *_: ["10.0.0.7"])
    assert made.queues(patience=0.01) is None
    released.set()
    assert made.queues(patience=30) is not None
    assert source.asked == 1


def test_secrets_in_records_are_cut(tmp_path: Path) -> None:
    source = Source(
        {"Q": {"site": "S", "password": "hunter2hunter2", "environ": "TOKEN=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"}}
    )
    read(cric(tmp_path, source))
    kept = (tmp_path / "cric.json").read_text()
    assert "hunter2" not in kept
    assert "eyJhbGciOiJIUzI1NiJ9" not in kept


def queues() -> Queues:
    return Queues(local.records())


def test_a_site_stands_for_all_of_its_queues_and_a_queue_for_itself() -> None:
    assert queues().of_place("BNL") == ["BNL", "BNL_OSG_SPOT"]
    assert queues().of_place("bnl-atlas") == ["BNL", "BNL_OSG_SPOT"]
    assert queues().of_place("BNL", as_queue=True) == ["BNL"]
    assert queues().of_place("WT2") == ["SLACXRD"]
    assert queues().of_place("DESY") == ["DESY-HH", "DESY-HH_TEST"]
    assert queues().of_place("BN") == []
    assert queues().of_place("") == []


def test_the_monitors_list_gives_the_same_records() -> None:
    assert from_list(list(local.records().values())) == local.records()
    assert from_list([None, {}, {"siteid": "A"}, {"name": 3}]) == {"A": {"siteid": "A"}}
    assert from_mapping([1]) == {}


def test_tools_are_the_keys_of_copytools() -> None:
    assert tools_of(local.record("BNL_OSG_SPOT")) == ["rucio", "gfalcopy"]
    assert tools_of({"acopytools": {"pr": ["mv"], "pw": ["mv", "rucio"]}}) == ["mv", "rucio"]
    assert tools_of({"copytool": "lsm"}) == ["lsm"]
    assert tools_of({}) == []


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_value_of_a_field_can_be_shown(value: Any) -> None:
    assert isinstance(shown(value), str | int | float)
    list(atoms(value))
    found = Queues({"Q": {"site": value, "f": value}})
    found.of_place("Q")
    assert isinstance(found.vocabulary("f"), dict)


def test_the_copy_survives_a_restart_of_its_worker(tmp_path: Path) -> None:
    source = Source()
    read(cric(tmp_path, source))
    stale = time.time() - FRESH - 10
    os.utime(tmp_path / "cric.json", (stale, stale))
    source.body = httpx.ReadTimeout("slow")
    found = read(cric(tmp_path, source))
    assert found is not None
    assert "BNL" in found.records

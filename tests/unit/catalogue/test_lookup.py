"""Looking codes up: by component and number, by number, by name, and what was probably meant."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.catalogue import Catalogue, load, resolve


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


@pytest.mark.parametrize(
    ("written", "component"),
    [
        ("pilot", "pilot"), ("Pilot", "pilot"), ("pilot error codes", "pilot"), ("piloterrorcode", "pilot"),
        ("exe", "executor"), ("execution", "executor"), ("exeerrorcode", "executor"), ("trans", "transform"),
        ("transformation", "transform"), ("transexitcode", "transform"), ("ddm", "dataservice"),
        ("Data Service", "dataservice"), ("task buffer", "taskbuffer"), ("TaskBuffer", "taskbuffer"),
        ("job dispatcher", "jobdispatcher"), ("job-dispatcher errors", "jobdispatcher"), ("sup", "supervisor"),
        ("superrordiag", "supervisor"), ("Harvester worker", "supervisor"), ("broker", "brokerage"),
        ("pilot exit", "pilotexit"), ("pilot wrapper", "wrapper"), ("runGen", "executor"), ("RUNATHENA", "executor"),
    ],
)  # fmt: skip
def test_a_component_is_known_by_the_names_people_use(written, component):
    assert resolve(written)[0] == component


@pytest.mark.parametrize("word", ["", "errors", "code", "pilots and more", "ddmx", "☃"])
def test_other_words_are_no_component(word):
    assert resolve(word) is None


def test_the_same_number_stays_apart_by_component(catalogue):
    names = {component: catalogue.get(component, 100).name for component in ("taskbuffer", "jobdispatcher", "ddm")}
    assert names == {"taskbuffer": "EC_Kill", "jobdispatcher": "EC_Watcher", "ddm": "EC_Setupper"}


def test_a_bare_number_gives_every_component_current_ones_first(catalogue):
    found = catalogue.find(100)
    assert [entry.key for entry in found if not entry.legacy] == ["dataservice:100", "jobdispatcher:100", "taskbuffer:100"]
    assert [entry.legacy for entry in found] == sorted(entry.legacy for entry in found)


def test_a_user_jobs_exit_18_is_not_the_transforms_18(catalogue):
    assert catalogue.get("executor", 5318) is catalogue.get("runGen", 18)
    assert catalogue.get("executor", 5318).base == 18
    assert catalogue.get("trans", 18).name == "TRF_REDUCTION_CONFIG_ERROR"
    assert catalogue.get("executor", 18) is None


def test_a_script_of_old_records_is_found_by_its_own_name(catalogue):
    assert catalogue.get("runAthena", 146).group == "runAthena"
    assert catalogue.get("runHPO", 146).group == "runHPO"
    assert {entry.group for entry in catalogue.find(146) if entry.group} == {"runGen", "runAthena", "runHPO", "preGoodRunList"}


def test_a_number_that_the_script_does_not_use_is_not_another_scripts(catalogue):
    assert catalogue.get("runGen", 6) is None
    assert catalogue.get("runGen", 5406) is None
    assert catalogue.get("executor", 5399) is None


def test_a_negative_pilot_code_means_the_same_as_its_absolute_value(catalogue):
    assert catalogue.get("pilot", -1137) is catalogue.get("pilot", 1137)
    assert catalogue.get("taskbuffer", -100) is None


@pytest.mark.parametrize("written", ["LOOPINGJOB", "loopingjob", "Looping Job"])
def test_a_name_is_found_however_it_is_written(catalogue, written):
    assert [entry.key for entry in catalogue.by_name(written)] == ["pilot:1150"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("SERVICEUNAVAILABLE", "pilot:1324"), ("SERVICENOTAVAILABLE", "pilot:1324"), ("EC_Kill", "taskbuffer:100"),
        ("NEEDCHECK", "transform:1"), ("CERTIFICATEHASEXPIRED", "pilot:1373"), ("TRF_EXTERNAL", "transform:251"),
    ],
)  # fmt: skip
def test_names_of_the_talks_and_second_names_are_known(catalogue, name, key):
    assert key in [entry.key for entry in catalogue.by_name(name)]


def test_the_listing_is_ascending_and_of_today(catalogue):
    codes = [entry.code for entry in catalogue.listing("pilot")]
    assert codes == sorted(codes)
    assert len(codes) == 147
    assert 1111 not in codes
    assert 1111 in [entry.code for entry in catalogue.component("pilot")]


def test_a_scripts_listing_has_only_its_own_codes(catalogue):
    assert [entry.code for entry in catalogue.listing("runGen")] == [5301, 5303, 5307, 5309, 5310, 5316, 5318]


def test_unknown_components_are_empty_not_an_error(catalogue):
    assert catalogue.get("nonsense", 1) is None
    assert catalogue.component("nonsense") == []
    assert catalogue.listing("brokerage") == []
    assert "brokerage" not in catalogue.components()


def test_the_nearest_are_the_closest_numbers_of_the_component(catalogue):
    assert [entry.code for entry in catalogue.nearest("pilot", 1323)] == [1323, 1322, 1324]
    assert {entry.component for entry in catalogue.nearest("pilot", 99999, 5)} == {"pilot"}
    assert catalogue.nearest("pilot", 1323, 0) == []


def test_the_nearest_for_an_unknown_component_are_the_same_number_elsewhere(catalogue):
    assert [entry.key for entry in catalogue.nearest("nonsense", 1324, 1)] == ["pilot:1324"]


def test_an_entry_can_be_sent_as_json_with_every_field(catalogue):
    body = json.loads(json.dumps(catalogue.get("pilot", 1324).as_dict()))
    assert body["component"] == "pilot"
    assert body["legacy"] is False
    assert set(body) == set(catalogue.get("pilot", 1324).__dataclass_fields__)


@settings(deadline=None)  # the first call may read the whole corpus
@given(st.text(max_size=40), st.integers())
def test_any_name_and_number_are_answered(name, code):
    catalogue = load()
    entry = catalogue.get(name, code)
    assert entry is None or abs(code) == entry.code or entry.base == code
    catalogue.by_name(name)
    assert len(catalogue.nearest(name, code)) == 3

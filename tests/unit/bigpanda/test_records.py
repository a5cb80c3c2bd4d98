"""Job data: records, their errors, logs and what is expected of them."""

import re
from datetime import datetime

import pytest

from tests.bigpanda import case, cases, verdicts
from tests.bigpanda.casebook import Case, read
from tests.bigpanda.logs.pilot import STEPS

NOW = datetime(2026, 3, 10, 12)
ENTRY = rb"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| (DEBUG|INFO|WARNING|ERROR|CRITICAL)\s* \| "


@pytest.mark.parametrize("one", cases(), ids=lambda one: str(one.pandaid))
def test_lines_that_should_decide_are_in_the_logs(one: Case) -> None:
    for row in one.expect["decisive"]:
        if row["file"] == "job.json":
            assert any(row["text"] in str(value) for value in one.record.values()), row
        else:
            assert row["text"].encode() in one.log(row["file"]), row


@pytest.mark.parametrize("one", cases(), ids=lambda one: str(one.pandaid))
def test_lines_called_harmless_are_really_there_to_be_fallen_for(one: Case) -> None:
    everything = b"\n".join(one.log(name) for name in one.log_names) + str(one.record).encode()
    for text in one.expect.get("harmless", []):
        assert text.encode() in everything, text


@pytest.mark.parametrize("one", cases(), ids=lambda one: str(one.pandaid))
def test_expected_code_stands_in_the_record(one: Case) -> None:
    codes = one.expect["code"] if isinstance(one.expect["code"], list) else [one.expect["code"]]
    words = one.expect["component"] if isinstance(one.expect["component"], list) else [one.expect["component"]]
    fields = {name: code for name, code, _ in verdicts.COMPONENTS}
    assert any(verdicts.number(one.record[fields[word]]) in codes for word in words)


def test_every_case_says_all_that_a_diagnosis_is_held_to() -> None:
    found = cases()
    assert len([one for one in found if one.record["jobstatus"] == "failed"]) >= 14
    for one in found:
        assert {"component", "code", "party", "transient", "decisive", "must_say"} <= set(one.expect), one.pandaid
        parties = one.expect["party"] if isinstance(one.expect["party"], list) else [one.expect["party"]]
        assert set(parties) <= {"user", "site", "ddm", "system"}


def test_record_has_the_monitors_fields_and_time_forms() -> None:
    job = case(6519134287).record
    assert len(job) == 145
    assert job["creationtime"] == "2025-02-18 01:12:09"
    assert "T" in job["proddbupdatetime"]
    assert job["transexitcode"] is None
    assert isinstance(job["piloterrorcode"], int)
    assert job["brokerageerrordiag"] is None


def test_talk_jobs_keep_the_talks_values() -> None:
    proot = case(6518760159).record
    assert (proot["computingsite"], proot["transformation"], proot["produsername"]) == ("MPPMU", "runGen-00-00-02", "gangarbt")
    assert (proot["corecount"], proot["attemptnr"], proot["exeerrorcode"], proot["transexitcode"]) == (8, 1, 2002, "223")
    assert proot["transformerrordiag"] == "Proot: Input files cannot be opened"
    timeout = case(6715819744).record
    assert (timeout["cpuconsumptiontime"], timeout["durationmin"], timeout["maxattempt"], timeout["transexitcode"]) == (
        19,
        58,
        3,
        "0",
    )
    running = case(6798544333).record
    assert (running["waittime"], running["duration"], running["cpuconsumptiontime"]) == ("1:21:08:07", "1:16:14:48", 138547)
    assert (running["jobstatus"], running["attemptnr"], running["maxattempt"]) == ("running", 4, 4)


def test_monitor_hides_what_stands_beside_1305_and_what_follows_from_a_dead_worker() -> None:
    assert verdicts.code_list(case(6518760159).record) == ["pilot:1305"]
    assert verdicts.code_list(case(6803150091).record) == ["jobdispatcher:100", "supervisor:3831"]
    assert verdicts.code_list({"piloterrorcode": -1152, "ddmerrorcode": 200}) == ["dataservice:200"]
    assert verdicts.code_list({"ddmerrorcode": 200, "superrorcode": 8970, "taskbuffererrorcode": 100}) == ["taskbuffer:100"]


def test_errorinfo_is_cut_like_the_monitors() -> None:
    job = {"exeerrorcode": 1, "exeerrordiag": "FileNotFoundError at line 3", "taskbuffererrorcode": 300, "superrorcode": 5}
    assert verdicts.error_info(job | {"superrordiag": "x\ny"}) == "executor:1 FileNotFoundErro supervisor:5 x y "
    assert verdicts.error_info({"piloterrorcode": 1, "piloterrordiag": "a" * 400}).endswith("...")
    assert (
        verdicts.error_info({"jobdispatchererrorcode": 100, "jobdispatchererrordiag": "lost heartbeat : 2026"}).count("2026")
        == 0
    )


def test_category_lets_the_weak_ones_yield() -> None:
    assert verdicts.category({"piloterrorcode": 1324}) == 3
    assert verdicts.category({"piloterrorcode": 1324, "transexitcode": "1"}) == 3
    assert verdicts.category({"piloterrorcode": 1324, "exeerrorcode": 5102}) == 0
    assert verdicts.category({}) is None


@pytest.mark.parametrize("one", [one for one in cases() if "pilotlog.txt" in one.log_names], ids=lambda one: str(one.pandaid))
def test_pilot_log_has_the_pilots_entry_format_and_a_clock_that_goes_forward(one: Case) -> None:
    entries = [line for line in one.log("pilotlog.txt").split(b"\n") if re.match(ENTRY, line)]
    assert len(entries) > 30
    stamps = [line[:23] for line in entries]
    assert stamps == sorted(stamps)
    assert all(len(line.split(b" | ")[2]) >= 32 and len(line.split(b" | ")[3]) >= 25 for line in entries)


def test_pilot_log_has_the_stages_in_order() -> None:
    text = case(6803222870).log("pilotlog.txt")
    stages = [
        b"PanDA Pilot version",
        b"received job:",
        b"ready to transfer (stage-in)",
        b"started -- pid=",
        b"finished pid=",
        b"will create archive",
    ]
    places = [text.index(word) for word in stages]
    assert places == sorted(places)


def test_tarball_log_ends_before_the_logs_own_transfer() -> None:
    for one in cases():
        if "pilotlog.txt" in one.log_names:
            text = one.log("pilotlog.txt")
            assert b"pilot has finished" not in text
            assert b"job summary report" not in text


def test_logs_are_the_same_whenever_they_are_written() -> None:
    first, second = ({one.pandaid: one for one in read(NOW)} for _ in range(2))
    for pandaid in (6519134287, 6803170205, 6803310940):
        for name in first[pandaid].log_names:
            assert first[pandaid].log(name) == second[pandaid].log(name)


def test_relative_jobs_move_with_the_clock() -> None:
    early, late = (next(one for one in read(now) if one.pandaid == 6803150091) for now in (NOW, datetime(2026, 4, 1)))
    assert early.record["endtime"] == "2026-03-10 05:40:00"
    assert late.record["jobdispatchererrordiag"] == "lost heartbeat : 2026-03-31 17:40:00"


def test_one_log_is_about_twenty_megabytes_and_one_is_hostile() -> None:
    assert 19_000_000 < len(case(6803300518).log("payload.stdout")) < 22_000_000
    odd = case(6803310940).log("payload.stdout")
    with pytest.raises(UnicodeDecodeError):
        odd.decode("utf-8")
    assert b"\x00" in odd
    assert b"\x1b[" in odd
    assert b"\r" in odd
    assert "\u2028".encode() in odd
    assert max(len(line) for line in odd.split(b"\n")) >= 190_000


def test_every_step_of_the_data_exists() -> None:
    for one in read(NOW):
        for entry in one.data.get("pilotlog", []):
            assert (entry if isinstance(entry, str) else next(iter(entry))) in STEPS


def test_no_case_names_a_real_storage_host() -> None:
    for one in cases():
        for name in one.log_names:
            if name == "payload.stdout" and one.pandaid == 6803300518:
                continue
            for host in re.findall(rb"(?:root|davs)://([^/:]+)", one.log(name)):
                assert host.endswith(b".example.org"), (one.pandaid, host)

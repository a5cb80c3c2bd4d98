"""A model must not learn who somebody is, and the reader must get the names back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpanda.redaction import Mask

NAMES = {
    "distinguished name": "/DC=ch/DC=cern/OU=Organic Units/OU=Users/CN=jdoe/CN=123456/CN=Jane Doe",
    "comma form": "CN=Jane Doe,OU=Users,DC=cern,DC=ch",
    "mail": "jane.doe+x@physics.example.org",
    "host": "lxb1234.cern.ch",
    "address": "188.184.12.7",
    "address of version 6": "2001:1458:201:e3::100:5a",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_is_hidden_and_comes_back(name: str) -> None:
    mask = Mask()
    hidden = mask.hide(f"job of {name} failed")
    assert name not in hidden
    assert "Jane" not in hidden
    assert mask.restore(hidden) == f"job of {name} failed"


def test_accounts_in_paths_and_scopes() -> None:
    mask = Mask()
    hidden = mask.hide("/afs/cern.ch/user/j/jdoe/x /home/jdoe/y user.jdoe:user.jdoe.test.1/ user.jdoe.log._0001.root")
    assert "jdoe" not in hidden
    assert hidden.count("ACCOUNT_1") == 5


def test_the_headings_of_our_own_answers_are_nobodys_accounts() -> None:
    text = "## user.problem\n## user.causes\n## user.recommendations\n"
    assert Mask().hide(text) == text


def test_people_known_from_the_record_are_hidden_in_any_spelling_of_blanks() -> None:
    mask = Mask(people=["Jane Doe"], hosts=["wn042"])
    assert mask.hide("Jane Doe, jane_doe on slot1@wn042") == "PERSON_1, PERSON_2 on slot1@HOST_1"


def test_hosts_next_to_each_other_are_all_hidden() -> None:
    assert Mask().hide("a.cern.ch b.cern.ch,c.gridpp.ac.uk:1094//x") == "HOST_1 HOST_2,HOST_3:1094//x"


@pytest.mark.parametrize(
    "text",
    [
        "EVNT.04972714._000029.pool.root.1 mc15_13TeV:EVNT.04972714 RO-07-NIPNE_DATADISK",
        "pilot.control.payload Sim_tf.py libCore.so log.tgz job 6519134287 at 15:10:06,123",
        "version 3.11.5.1 Athena-25.0.1 x86_64-el9-gcc13-opt",
        "see bigpanda.cern.ch and 127.0.0.1",
    ],
)
def test_what_is_no_name_stays(text: str) -> None:
    assert Mask().hide(text) == text


def test_a_text_with_our_own_stand_ins_in_it_comes_back_unchanged() -> None:
    mask = Mask()
    text = "HOST_1 is a variable, a.cern.ch a host"
    assert mask.restore(mask.hide(text)) == text


def test_a_model_that_escapes_the_underscore_gets_its_name_back() -> None:
    mask = Mask()
    mask.hide("a.cern.ch")
    assert mask.restore(r"HOST\_1 and HOST_9") == "a.cern.ch and HOST_9"


@given(st.lists(st.one_of(st.sampled_from([*NAMES.values(), "HOST_1", "/home/jdoe/x", " ", "\n", ","]), st.text(max_size=8))))
def test_hiding_and_restoring_is_lossless(parts: list[str]) -> None:
    text = " ".join(parts).encode("utf-8", "replace").decode()
    mask = Mask(people=["Jane Doe"])
    assert mask.restore(mask.hide(text)) == text


def test_an_experiments_own_hosts_stay_readable() -> None:
    text = "see usdf-panda-bigmon.slac.stanford.edu and wn12.slac.stanford.edu"
    assert Mask(public=["usdf-panda-bigmon.slac.stanford.edu"]).hide(text) == text.replace("wn12.slac.stanford.edu", "HOST_1")

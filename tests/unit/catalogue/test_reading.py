"""Reading the YAML files: what is refused, and that the kept parsed form is never believed wrongly."""

from pathlib import Path

import pytest

from askpanda.catalogue import load
from askpanda.errors import ConfigurationError

ENTRY = """component: pilot
entries:
  - code: 1
    message: Short
    category: Internal and Unknown Errors
    party: system
    transient: null
    retry: 'yes'
    meaning: Something happened.
    source: somewhere
"""


def folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "pilot.yaml").write_text(text)
    return tmp_path


def test_fields_that_are_not_written_are_there_and_empty(tmp_path):
    entry = load(folder(tmp_path, ENTRY)).get("pilot", 1)
    assert (entry.name, entry.aliases, entry.user, entry.raised, entry.legacy, entry.transient) == ("", [], [], "", False, None)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("party: system", "party: nobody", "party 'nobody'"),
        ("party: system\n", "\n", "party missing"),
        ("retry: 'yes'", "retry: yes", "retry True"),
        ("category: Internal and Unknown Errors", "category: Other", "category 'Other'"),
        ("code: 1", "code: one", "positive number"),
        ("code: 1", "code: true", "positive number"),
        ("code: 1", "code: -5", "positive number"),
        ("transient: null", "transient: perhaps", "transient 'perhaps'"),
        ("message: Short", "message: ' '", "not empty"),
        ("message: Short", "message: Short\n    cause: [a]", "unknown field cause"),
        ("message: Short", "message: Short\n    causes: a", "causes is a list"),
        ("message: Short", "message: Short\n    causes: [1]", "causes is a list"),
        ("message: Short", "message: Short\n    prevention: a", "prevention is a list"),
        ("message: Short", "message: Short\n    see_also: [nowhere 7]", "see_also"),
        ("message: Short", "message: Short\n    group: runNothing", "group 'runNothing'"),
        ("message: Short", "message: Short\n    legacy: 1", "legacy is true or false"),
        ("component: pilot", "component: toaster", "'toaster'"),
        ("entries:", "entries: {}\nothers:", "`entries`"),
        ("component: pilot", "component: [pilot", "not YAML"),
        ("component: pilot", "component: !!python/name:os.system", "not YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_reason(tmp_path, old, new, told):
    with pytest.raises(ConfigurationError) as caught:
        load(folder(tmp_path, ENTRY.replace(old, new, 1)))
    assert "pilot.yaml" in caught.value.message
    assert told in caught.value.message


def test_a_code_that_is_there_twice_is_refused(tmp_path):
    folder(tmp_path, ENTRY)
    (tmp_path / "again.yaml").write_text(ENTRY)
    with pytest.raises(ConfigurationError, match="pilot:1 twice"):
        load(tmp_path)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path / "nowhere")


def test_an_edit_is_seen_although_a_parsed_form_was_kept(tmp_path):
    load(folder(tmp_path, ENTRY))
    assert (tmp_path / "__pycache__" / "errors.json").is_file()
    edited = load(folder(tmp_path, ENTRY.replace("Short", "Shirt"))).get("pilot", 1)
    assert edited.message == "Shirt"


def test_how_to_prevent_it_is_read_and_kept(tmp_path):
    folder(tmp_path, ENTRY.replace("Short", "Short\n    prevention: [Test the doors.]", 1))
    assert [load(tmp_path).get("pilot", 1).prevention for _ in range(2)] == [["Test the doors."]] * 2


def test_the_kept_form_gives_the_same_entries(tmp_path, monkeypatch):
    first = list(load(folder(tmp_path, ENTRY)))
    monkeypatch.setattr("askpanda.catalogue.reading._parse", lambda name, content: pytest.fail("parsed although kept"))
    assert list(load(tmp_path)) == first


@pytest.mark.parametrize("junk", [b"", b"{}", b"\xff\xfe", b'{"digest": 1', b'{"digest": "x", "entries": 7}', b"[]"])
def test_a_damaged_kept_form_is_made_anew(tmp_path, junk):
    load(folder(tmp_path, ENTRY))
    (tmp_path / "__pycache__" / "errors.json").write_bytes(junk)
    assert load(tmp_path).get("pilot", 1).message == "Short"


def test_a_kept_form_with_other_fields_is_made_anew(tmp_path):
    load(folder(tmp_path, ENTRY))
    kept = tmp_path / "__pycache__" / "errors.json"
    kept.write_text(kept.read_text().replace('"Something happened.", ', "", 1))
    assert load(tmp_path).get("pilot", 1).meaning == "Something happened."


def test_a_place_that_cannot_be_written_to_costs_nothing_but_time(tmp_path):
    folder(tmp_path, ENTRY)
    (tmp_path / "__pycache__").write_text("a file where the folder should be")
    assert load(tmp_path).get("pilot", 1).message == "Short"

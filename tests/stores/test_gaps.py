"""Questions that found nothing good: kept without whose they are, grouped, and bounded."""

import json
import multiprocessing

import pytest
from click.testing import CliRunner

from askpanda.cli import cli
from askpanda.settings import Settings
from askpanda.stores import gaps
from askpanda.stores.base import Hit


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(state_dir=tmp_path)


def hit(text: str) -> Hit:
    return Hit("docs/a.md", "A", "A", "", f"A\n\n{text}", 1.0, "docs", "", "document")


def test_coverage_is_the_share_of_the_question_that_a_passage_speaks_of():
    assert gaps.coverage("How does brokerage work?", [hit("Brokerage chooses sites.")]) == 1.0
    assert gaps.coverage("quantum teleportation of a dataset", [hit("A dataset is made of files.")]) == pytest.approx(1 / 3)
    assert gaps.coverage("quantum teleportation", []) == 0.0
    assert gaps.coverage("and how does it work?", []) == 1.0
    # What the thesaurus knows to be the same counts.
    assert gaps.coverage("what is JEDI", [hit("The Job Execution and Definition Interface makes jobs.")]) == 1.0


def test_only_what_found_nothing_good_is_kept(settings):
    gaps.note(settings, "How does brokerage work?", 0.9)
    assert gaps.gaps(settings) == []
    gaps.note(settings, "How does teleportation work?", 0.1)
    assert [gap.question for gap in gaps.gaps(settings)] == ["How does teleportation work?"]


def test_nothing_personal_and_nothing_secret_is_in_the_file(settings, tmp_path):
    gaps.note(settings, "why can jane.roe@example.org not read /home/jroe/x with token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N for job 6519134287", 0.0)  # fmt: skip # noqa: E501
    kept = (tmp_path / "gaps.jsonl").read_text()
    for gone in ("jane", "roe", "6519134287", "eyJ"):
        assert gone not in kept
    assert set(json.loads(kept)) == {"question", "covered", "day"}


def test_questions_that_ask_the_same_are_one_gap_and_the_most_asked_comes_first(settings):
    for question in (
        "Where is the coffee machine?",
        "how to mount eos on windows",
        "mounting eos on windows 11",
        "mount eos, windows",
    ):
        gaps.note(settings, question, 0.2)
    found = gaps.gaps(settings)
    assert [gap.count for gap in found] == [3, 1]
    assert "eos" in found[0].question
    assert gaps.forget(settings) == 4
    assert gaps.gaps(settings) == []


def test_old_ones_are_left_out_and_broken_lines_passed_over(settings, tmp_path):
    old = json.dumps({"question": "ancient teleportation", "covered": 0.1, "day": "2001-01-01"})
    (tmp_path / "gaps.jsonl").write_text(f"{old}\n{{broken\n[]\n")
    gaps.note(settings, "new teleportation", 0.1)
    assert [gap.question for gap in gaps.gaps(settings)] == ["new teleportation"]


def test_the_file_stays_small_and_whole(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(gaps, "LARGEST", 2000)
    for n in range(100):
        gaps.note(settings, f"teleportation of subject{n}", 0.0)
    lines = (tmp_path / "gaps.jsonl").read_text().splitlines()
    assert sum(map(len, lines)) <= 2200
    assert json.loads(lines[-1])["question"].endswith("subject99")
    assert all(json.loads(line) for line in lines)


def _note_many(folder: str, name: str) -> None:
    for n in range(50):
        gaps.note(Settings(state_dir=folder), f"teleportation {name} number{n}", 0.0)


def test_workers_do_not_write_into_each_others_lines(settings, tmp_path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_note_many, args=(str(tmp_path), name)) for name in ("one", "two")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(gap.count for gap in gaps.gaps(settings)) == 100


def test_a_disk_that_cannot_be_written_costs_nothing(settings, tmp_path):
    (tmp_path / "gaps.jsonl").mkdir()
    gaps.note(settings, "teleportation", 0.0)
    assert gaps.gaps(settings) == []


def test_the_command_lists_them(settings, tmp_path, monkeypatch):
    gaps.note(settings, "How does teleportation work?", 0.25)
    environment = {"ASKPANDA_STATE_DIR": str(tmp_path)}
    from askpanda import settings as module

    module.settings.cache_clear()
    try:
        shown = CliRunner().invoke(cli, ["gaps"], env=environment).output
        assert "How does teleportation work?" in shown
        assert "25%" in shown
        assert json.loads(CliRunner().invoke(cli, ["gaps", "--json"], env=environment).output)[0]["count"] == 1
        assert "1 questions" in CliRunner().invoke(cli, ["gaps", "--forget"], env=environment).output
    finally:
        module.settings.cache_clear()

"""Runs: what is indexed, what is left alone, what is kept where something breaks."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from askpanda.errors import AskPandaError, Unavailable
from askpanda.settings import Settings
from askpanda.stores import open_store
from askpanda_indexer import reading, sources, upkeep
from askpanda_indexer.run import SHRUNK_FROM, locked, remove, run, state
from askpanda_indexer.sources import SourceFailed, source_for


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "client").mkdir(parents=True)
    (folder / "index.rst").write_text("Welcome\n=======\n\nAll about brokerage.\n")
    (folder / "client" / "tool.md").write_text("# Tool\n\nHow to run the tool.\n\n## Options\n\nUse `--speed`.\n")
    (folder / "page.html").write_text("<h1 id=top>Page</h1><p>Something about heartbeats.</p>")
    (folder / "notes.txt").write_text("Plain notes on scouting.\n")
    return folder


def add(settings: Settings, folder: Path | str, **kwargs):
    return run(settings, [source_for(str(folder), settings.state_dir / "sources", **kwargs)])[0]


def paths(settings: Settings, question: str) -> list[str]:
    return [hit.path for hit in open_store(settings).search(question, 10)]


def test_a_folder_of_every_format_is_found_by_its_source_name_and_path(settings, docs):
    report = add(settings, docs)
    assert (report.files, report.chunks, report.failed, report.skipped) == (4, 5, "", [])
    assert paths(settings, "brokerage") == ["docs/index.rst"]
    assert paths(settings, "heartbeats") == ["docs/page.html"]
    assert paths(settings, "scouting") == ["docs/notes.txt"]
    hit = open_store(settings).search("--speed", 1)[0]
    assert (hit.path, hit.section, hit.title, hit.kind) == ("docs/client/tool.md", "Tool > Options", "Tool", "document")
    assert hit.text == "Tool > Options\n\nUse `--speed`."
    assert hit.as_of.startswith("20")


def test_addresses_follow_the_scheme_and_end_in_the_sections_anchor(settings, docs):
    add(settings, docs, name="a", url="https://example.org/{stem}.html")
    add(settings, docs, name="b", url="https://example.org/base/")
    assert open_store(settings).search("--speed", 1, source="a")[0].url == "https://example.org/client/tool.html#options"
    assert open_store(settings).search("--speed", 1, source="b")[0].url == "https://example.org/base/client/tool.md#options"


def test_a_copy_of_a_known_source_links_to_its_pages(settings, docs):
    known = docs.rename(docs.parent / "panda-docs")
    add(settings, known)
    hit = open_store(settings).search("brokerage", 1)[0]
    assert (hit.path, hit.url) == ("panda-docs/index.rst", "https://panda-wms.readthedocs.io/en/latest/index.html#welcome")


def test_a_guide_links_to_what_it_was_written_from_and_is_found_by_its_keywords(settings, docs):
    front = "---\ntitle: Guide\nsources: [some talk, panda-docs client/prun.rst]\nkeywords: [zebra]\nas_of: 2026-03\n---\n"
    (docs / "guide.md").write_text(front + "# Guide\n\nText.\n\n## More\n\nOther text.\n")
    add(settings, docs)
    hits = open_store(settings).search("zebra", 5)
    assert [hit.section for hit in hits] == ["Guide"]
    assert hits[0].url == "https://panda-wms.readthedocs.io/en/latest/client/prun.html"
    assert hits[0].as_of == "2026-03-01T00:00:00Z"


def test_only_what_changed_is_read_again(settings, docs):
    add(settings, docs)
    (docs / "index.rst").write_text("Welcome\n=======\n\nAll about carousels.\n")
    (docs / "notes.txt").unlink()
    report = add(settings, docs)
    assert (report.written, report.unchanged, report.removed, report.files) == (1, 2, 1, 3)
    assert paths(settings, "brokerage scouting") == []
    assert paths(settings, "carousels") == ["docs/index.rst"]


def test_bad_files_are_said_and_the_rest_is_indexed(settings, docs, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST", 1000)
    (docs / "empty.md").write_text(" \n")
    (docs / "binary.txt").write_bytes(b"\x00\x01\x02" * 50)
    (docs / "noise.txt").write_bytes(bytes(range(128, 256)) * 3 + b"\x01\x02\x03\x04\x05\x06" * 40)
    (docs / "large.txt").write_text("words " * 500)
    (docs / "latin.txt").write_bytes("Größe der Dateien".encode("latin-1"))
    (docs / "wide.txt").write_text("wide words", encoding="utf-16")
    (docs / "broken.rst").write_text("Broken\n===\n\n.. list-table::\n\n   * - a\n     - b\n   * - c\n\nStill readable.\n")
    (docs / "deep.html").write_text("<div>" * 900)
    outside = docs.parent / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret words")
    (docs / "link.txt").symlink_to(outside / "secret.txt")
    (docs / "folder").symlink_to(outside)
    os.mkfifo(docs / "pipe.txt")
    (docs / os.fsdecode(b"bad\xff.md")).write_text("# Bad name\n\nNarwhal.\n")
    report = add(settings, docs)
    why = {skipped.path: skipped.reason for skipped in report.skipped}
    assert why.keys() == {
        "empty.md", "binary.txt", "noise.txt", "large.txt", "deep.html", "link.txt", "folder", "pipe.txt",
        "bad\ufffd.md",
    }  # fmt: skip
    assert "rename" in why["bad\ufffd.md"]
    assert "empty" in why["empty.md"]
    assert "binary" in why["binary.txt"]
    assert "too large" in why["large.txt"]
    assert "out of the folder" in why["link.txt"]
    assert "out of the folder" in why["folder"]
    assert paths(settings, "secret") == []
    assert paths(settings, "Größe") == ["docs/latin.txt"]
    assert paths(settings, "wide") == ["docs/wide.txt"]
    assert paths(settings, "still readable") == ["docs/broken.rst"]
    assert any(remark.startswith("latin.txt") for remark in report.remarks)
    assert any(remark.startswith("broken.rst: line") for remark in report.remarks)


def test_a_file_that_takes_for_ever_does_not_hold_up_the_rest(settings, tmp_path, monkeypatch):
    folder = tmp_path / "slow"
    folder.mkdir()
    (folder / "endless.txt").write_text("endless words")
    (folder / "quick.txt").write_text("quick words")

    def parser_for(path, alone=False):
        def never_ends(text, name):
            while True:
                try:
                    text = text[::-1]
                except Exception:
                    continue

        return never_ends if path == "endless.txt" else known(path, alone=alone)

    known = sources.parsers.parser_for
    monkeypatch.setattr(sources.parsers, "parser_for", parser_for)
    monkeypatch.setattr(sources, "PARSE_PATIENCE", 5.0)
    report = add(settings, folder)
    assert [(skipped.path, skipped.reason) for skipped in report.skipped] == [
        ("endless.txt", "it took longer than 5 s to read")
    ]
    assert paths(settings, "quick words") == ["slow/quick.txt"]


def test_a_file_that_breaks_keeps_what_the_index_has_of_it(settings, docs):
    add(settings, docs)
    (docs / "index.rst").write_bytes(b"\x00" * 10)
    report = add(settings, docs)
    assert "kept" in report.skipped[0].reason
    assert paths(settings, "brokerage") == ["docs/index.rst"]


def test_a_source_that_is_gone_or_shrinks_keeps_its_content_and_says_so(settings, docs):
    for n in range(SHRUNK_FROM):
        (docs / f"extra{n}.txt").write_text(f"extra words {n}")
    add(settings, docs)
    before = open_store(settings).count_documents()
    gone = docs.rename(docs.parent / "away")
    (docs.parent / "docs").mkdir()
    report = add(settings, docs.parent / "docs")
    assert "nothing to read" in report.failed
    assert "kept" in report.failed
    (docs.parent / "docs" / "one.txt").write_text("one")
    assert "shrunk" in add(settings, docs.parent / "docs").failed
    assert open_store(settings).count_documents() == before
    assert gone.exists()


def test_one_broken_source_does_not_keep_the_others_out(settings, docs):
    class Broken:
        name, place = "broken", "nowhere"

        def prepare(self):
            return None

        def items(self):
            raise ZeroDivisionError("oops")

        def documents(self, item, data, digest):
            raise AssertionError

    reports = run(settings, [Broken(), source_for(str(docs), settings.state_dir)])
    assert "oops" in reports[0].failed
    assert paths(settings, "brokerage") == ["docs/index.rst"]


def test_removing_a_source_leaves_the_others(settings, docs):
    add(settings, docs)
    add(settings, docs / "notes.txt", name="notes")
    assert remove(settings, "docs") == 5
    assert paths(settings, "brokerage scouting") == ["notes/notes.txt"]
    assert set(state(settings)[1]) == {"notes"}
    with pytest.raises(AskPandaError, match="it holds notes"):
        remove(settings, "docs")


def test_a_second_run_is_told_that_one_is_at_it(settings, docs):
    with locked(settings), pytest.raises(Unavailable, match=f"process {os.getpid()}"):
        add(settings, docs)


def test_who_adds_a_source_while_another_run_is_at_it_waits_for_its_end(settings, docs, monkeypatch):
    from askpanda_indexer.cli import index

    monkeypatch.setenv("ASKPANDA_STATE_DIR", str(settings.state_dir))
    held, free = threading.Event(), threading.Event()

    def another() -> None:
        with locked(settings):
            held.set()
            free.wait(60)

    run_ = threading.Thread(target=another)
    run_.start()
    held.wait(60)
    threading.Timer(0.5, free.set).start()
    added = CliRunner().invoke(index, ["add", str(docs)])
    run_.join()
    assert added.exit_code == 0, added.output
    assert "docs: 5 passages" in added.output


def test_dates_come_from_the_checkouts_history(settings, docs):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(docs)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "index.rst"], check=True)
    date = {**os.environ, "GIT_COMMITTER_DATE": "2020-05-06T07:08:09+02:00"}
    subprocess.run([*git, "commit", "-q", "-m", "one"], check=True, env=date)
    add(settings, docs)
    assert open_store(settings).search("brokerage", 1)[0].as_of == "2020-05-06T05:08:09Z"


@pytest.mark.parametrize("name", ["guides", "errors", "../x", "", "a b", ".hidden"])
def test_names_that_are_taken_or_no_names_are_refused(settings, docs, name):
    with pytest.raises(SourceFailed):
        source_for(str(docs / "index.rst"), settings.state_dir, name=name or " ")


def test_what_is_no_source_names_the_known_ones(settings):
    with pytest.raises(SourceFailed, match="panda-docs"):
        source_for("no-such-thing", settings.state_dir)


def test_a_repository_that_cannot_be_reached_is_one_line_with_a_way_out(settings):
    report = add(settings, "https://127.0.0.1:9/x/panda-docs.git")
    assert "\n" not in report.failed
    assert "askpanda index add PATH --name panda-docs" in report.failed


def test_a_repository_is_cloned_and_followed(settings, docs):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(docs)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "one"], check=True)
    from askpanda_indexer.sources import GitSource

    source = GitSource("docs", "x", settings.state_dir / "sources" / "docs", address=f"file://{docs}", folder="client")
    assert run(settings, [source])[0].files == 1
    (docs / "client" / "more.md").write_text("# More\n\nMore words.\n")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "two"], check=True)
    source = GitSource("docs", "x", settings.state_dir / "sources" / "docs", address=f"file://{docs}", folder="client")
    report = run(settings, [source])[0]
    assert (report.files, report.unchanged) == (2, 1)


def test_the_folder_of_documents_indexes_itself_and_again_when_it_changes(settings, docs):
    settings = settings.model_copy(update={"documents_dir": docs})
    seen = upkeep.look(settings, docs, "")
    assert paths(settings, "brokerage") == ["documents/index.rst"]
    build = open_store(settings).status().build
    assert upkeep.look(settings, docs, seen) == seen
    assert open_store(settings).status().build == build
    (docs / "new.md").write_text("# New\n\nCarousel.\n")
    assert upkeep.look(settings, docs, seen) != seen
    assert paths(settings, "carousel") == ["documents/new.md"]


def test_a_fault_met_in_the_folder_of_documents_does_not_end_the_watching(settings, docs, monkeypatch, caplog):
    """No file is known that does it: a full disk or a fault of ours must not leave a server that never looks again."""
    settings = settings.model_copy(update={"documents_dir": docs})
    seen = upkeep.look(settings, docs, "")
    (docs / "new.md").write_text("# New\n\nCarousel.\n")
    with monkeypatch.context() as broken:
        broken.setattr("askpanda_indexer.run._files", lambda *_: 1 / 0)
        tried = upkeep.look(settings, docs, seen)
    assert "could not be indexed" in caplog.text
    assert paths(settings, "brokerage") == ["documents/index.rst"]
    (docs / "newer.md").write_text("# Newer\n\nRoundabout.\n")
    assert upkeep.look(settings, docs, tried) != tried
    assert paths(settings, "carousel") == ["documents/new.md"]


def test_watching_ends_when_told_and_one_worker_does_it(settings, docs):
    settings = settings.model_copy(update={"documents_dir": docs})
    stops = [threading.Event(), threading.Event()]
    threads = [threading.Thread(target=upkeep.watch, args=(settings, stop, 0.05)) for stop in stops]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 30
    while not open_store(settings).status().ready and time.monotonic() < until:
        time.sleep(0.05)
    for stop in stops:
        stop.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert paths(settings, "brokerage") == ["documents/index.rst"]


def test_the_first_start_builds_the_corpus_and_the_second_writes_nothing(settings):
    upkeep.ensure_index(settings)
    status = open_store(settings).status()
    assert status.ready
    assert status.sources.get("errors", 0) > 400
    assert upkeep.ensure_index(settings) == []
    assert open_store(settings).status().build == status.build
    hit = open_store(settings).search("pilot 1150", 1)[0]
    assert hit.path == "errors/pilot/1150"
    assert hit.kind == "error"
    assert "LOOPINGJOB" in hit.section


def test_the_command_line_reports_and_fails_where_it_should(settings, docs, monkeypatch):
    from askpanda import settings as module
    from askpanda_indexer.cli import index

    monkeypatch.setattr(module, "settings", lambda: settings)
    (docs / "empty.md").write_text("")
    runner = CliRunner()
    added = runner.invoke(index, ["add", str(docs)])
    assert added.exit_code == 0
    assert "docs: empty.md: empty" in added.output
    assert "docs: 5 passages of 4 files" in added.output
    shown = runner.invoke(index, ["status"])
    assert "5 passages" in shown.output
    assert str(docs) in shown.output
    assert "empty.md" in shown.output
    nothing = runner.invoke(index, ["add", "no-such-thing"])
    assert nothing.exit_code == 1
    assert nothing.output.startswith("Error: no-such-thing is neither")
    assert runner.invoke(index, ["remove", "docs"]).output == "docs: 5 passages removed.\n"
    assert runner.invoke(index, ["remove", "docs"]).exit_code == 1


def test_a_place_without_anything_to_read_is_an_error_and_no_source(settings, docs, monkeypatch):
    from askpanda import settings as module
    from askpanda_indexer.cli import index

    monkeypatch.setattr(module, "settings", lambda: settings)
    (docs / "void").mkdir()
    (docs / "table.toml").write_text("a = 1")
    runner = CliRunner()
    assert runner.invoke(index, ["add", str(docs), "--name", "docs"]).exit_code == 0
    for place in ("void", "table.toml"):
        added = runner.invoke(index, ["add", str(docs / place), "--name", "nothing"])
        assert added.exit_code == 1
        assert f"nothing: nothing that can be read was found in {docs / place}" in added.output
    assert "nothing" not in runner.invoke(index, ["status"]).output


def test_an_error_module_or_api_description_is_read_where_it_is_named_itself(settings, docs):
    (docs / "errorcodes.py").write_text("LOOPINGJOB = 1150  # it writes nothing\n")
    (docs / "api.yaml").write_text("openapi: 3.0.0\ninfo: {title: T}\npaths: {/a: {get: {summary: Gets the thing}}}\n")
    reports = run(settings, [source_for(str(docs / name), settings.state_dir) for name in ("errorcodes.py", "api.yaml")])
    assert [(report.chunks, report.failed) for report in reports] == [(1, ""), (1, "")]
    folder = run(settings, [source_for(str(docs), settings.state_dir)])[0]
    assert not any(skipped.path in ("errorcodes.py", "api.yaml") for skipped in folder.skipped)
    assert {path for path in state(settings)[1]["docs"]["files"] if path.endswith((".py", ".yaml"))} == set()


def test_many_files_passed_over_for_one_reason_share_a_line(settings, docs, monkeypatch):
    from askpanda import settings as module
    from askpanda_indexer.cli import index

    monkeypatch.setattr(module, "settings", lambda: settings)
    for number in range(9):
        (docs / f"empty-{number}.md").write_text("")
    added = CliRunner().invoke(index, ["add", str(docs)])
    assert "docs: 9 files: empty (empty-0.md, empty-1.md, empty-2.md, …)" in added.output
    assert added.output.count("empty-") == 3

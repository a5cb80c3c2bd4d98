"""How something is done with a command: by its options, an example that has them, and nothing of other commands."""

from tests.api.acceptance.asking import ask
from tests.backend import Backend


def test_the_answer_begins_with_the_options_and_shows_one_in_use(reading: Backend) -> None:
    answer = ask(reading, "how can I set the number of files per job and exclude a site in prun")
    first, second, example = answer["text"].split("\n", 2)
    assert first.startswith("- `--nFilesPerJob`: ")
    assert second.startswith("- `--site`, `--excludedSite`: ")
    assert example.strip().startswith("```bash\nprun ")
    assert "--nFilesPerJob 5" in example.split("```")[1]
    for line in (first, second):
        number = int(line[line.rindex("[") + 1 : -1])
        assert next(one for one in answer["citations"] if one["n"] == number)["path"].startswith("guides/")


def test_no_other_command_and_no_definition_stands_in_the_way(reading: Backend) -> None:
    answer = ask(reading, "how do I write a prun command with two outputs?")
    assert answer["text"].startswith("- `--output`: ")
    assert "phpo" not in answer["text"]
    assert not any(one["path"].startswith(("glossary/", "guides/phpo")) for one in answer["citations"])

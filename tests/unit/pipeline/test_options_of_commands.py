"""How something is done with a command: which of its options a question wants."""

import pytest

from askpanda.pipeline.options import wanted


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("how do I write a prun command with two outputs?", ["--output"]),
        ("how do I submit with pathena to a specific site with 4GB of memory", ["--site", "--memory"]),
        ("how can I set the number of files per job and exclude a site in prun", ["--nFilesPerJob", "--excludedSite"]),
        ("how do I tell prun to avoid a queue?", ["--excludedSite"]),
        ("prun: how to use my own docker image and 8 cores", ["--containerImage", "--nCore"]),
        ("I have 200 files and a python script, want one job per file with prun. what options", ["--nFilesPerJob"]),
        ("how can I run prun without a build job", ["--noBuild"]),
        ("is there an option in pathena to skip the looping check?", ["--noLoopingCheck"]),
        ("how to restrict prun to files that match a pattern", ["--match"]),
        ("how can prun run on GPU only", ["--architecture"]),
        ("prun option for wall time of 10 hours", ["--maxWalltime"]),
        ("how do I see many points at a time with phpo? is there an option for parallel evaluation", ["--nParallelEvaluation"]),
    ],
)
def test_a_wish_has_its_option(question: str, options: list[str]) -> None:
    found = wanted(question)
    assert len(found) == len(options)
    assert all(name in option.names for name, option in zip(options, found, strict=True))


@pytest.mark.parametrize(
    "question",
    [
        "how do I submit jobs with prun?", "show me how to run a hello world job with prun", "what is prun?",
        "how do I install prun?", "how long does a prun job take",
        "prun says my voms proxy is missing, how do I make one", "how do I stop a prun task?",
        "how do I exclude a site?", "which queues have excluded a site?", "how do I pass a random seed to prun jobs",
    ],
)  # fmt: skip
def test_who_wants_nothing_of_that_kind_gets_no_option(question: str) -> None:
    assert wanted(question) == []

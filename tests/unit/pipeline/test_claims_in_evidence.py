"""What a model says must stand in the evidence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.pipeline.checking.claims import Evidence, unsupported

EVIDENCE = Evidence(
    "pilot 1324 SERVICENOTAVAILABLE at RO-16-UAIC; 4,875 files, 22 %, peak 3900 MB; log /home/x/y/pilotlog.txt line 1042: "
    '"Invalid redirect URL" from se.example.org; use --nCore with 8 cores; attempt 1 of 3; job '
    '6519134287; prun --exec "echo hi"',
    [1, 2],
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The pilot reported 1324 (SERVICENOTAVAILABLE) at RO-16-UAIC [1].",
        "Of 4875 files, 22% are done [2].",
        "Of 4,875 files 22 percent are done.",
        'The log says "Invalid redirect URL".',
        "Use `--nCore` with an 8-core queue.",
        "Job 6519134287 made attempt 1 of 3.",
        "Look at pilotlog.txt, line 1042.",
        "The storage se.example.org did not answer, which needs CPU and RAM, e.g. more of it.",
        "1. The job failed.",
        "Three attempts are allowed.",
        '```bash\nprun --exec "echo hi"\n```',
    ],
)
def test_what_the_evidence_has_may_be_said(sentence: str) -> None:
    assert unsupported(sentence, EVIDENCE) == []


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("The job failed with 1325.", "1325"),
        ("Job 6519134288 failed.", "6519134288"),
        ("About 23% are done.", "23"),
        ("It needed 3.5 GB.", "3.5"),
        ("It ran at MWT2.", "MWT2"),
        ("BNL is down.", "BNL"),
        ("Use `--memory`.", "--memory"),
        ("Use --memory 4000.", "--memory"),
        ("The host evil.example.com answered.", "evil.example.com"),
        ("See https://evil.example/x for more.", "https://evil.example/x"),
        ("Read [this](https://evil.example/x).", "https://evil.example/x"),
        ('The log says "No space left".', "No space left"),
        ("It is LOOPINGJOB.", "LOOPINGJOB"),
        ("The file /tmp/core/dump is there.", "/tmp/core/dump"),
        ("See [3].", "[3]"),
        ("There were forty failures.", "40"),
        ("Seven jobs failed.", "7"),
        ("The file payload.stderr says so.", "payload.stderr"),
        ("I have killed the job.", "an action that was never taken"),
        ("We retried it for you.", "an action that was never taken"),
        ("<script>alert</script> is fine.", "markup"),
        ("![x](y) is a picture.", "markup"),
        ("```bash\nrm -rf data\n```", "rm -rf data"),
    ],
)
def test_what_the_evidence_lacks_is_named(sentence: str, claim: str) -> None:
    assert any(claim in missing for missing in unsupported(sentence, EVIDENCE))


@settings(deadline=None)
@given(st.integers(10_000, 10**11).filter(lambda n: n != 6519134287))
def test_no_invented_id_passes(number: int) -> None:
    assert unsupported(f"Job {number} is to blame.", EVIDENCE)
    assert unsupported(f"Job {number:,} is to blame.", EVIDENCE)


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    unsupported(text, EVIDENCE)

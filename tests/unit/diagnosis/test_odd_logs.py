"""Logs as they come: coloured, passed on, cut, repeated, in other encodings. Nothing raises, no line moves."""

from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda import catalogue
from askpanda.diagnosis import diagnose
from askpanda.schema.evidence import JobEvidence, LogFile

CAUSE = "terminate called after throwing an instance of 'std::bad_alloc'"
RECORD = {"pandaid": 1, "jobstatus": "failed", "piloterrorcode": 1305, "transexitcode": "134", "computingsite": "SITE"}
FILL = st.sampled_from(
    ["12:00:00 MyAlg INFO event 7", "", "b' x", "ERROR: odd", "INFO: within", "ä\u2028ö", "x" * 300, "\r50 %\r60 %"]
)
DRESSED = st.sampled_from(["{}", "\x1b[31m{}\x1b[0m", "INFO: {}", "WARNING: b'{}'", "\x1b[1;31mWARNING: {}\x1b[m"])


@settings(max_examples=120, deadline=None)
@given(
    st.lists(FILL, max_size=30),
    DRESSED,
    st.sampled_from(["utf-8", "latin-1", "utf-16", "utf-16-le"]),
    st.integers(1, 3),
    st.integers(0, 200),
)
def test_the_cause_stands_on_its_line_however_the_log_is_dressed(
    fill: list[str], dress: str, encoding: str, times: int, cut: int
) -> None:
    lines = [dress.format(line) for line in [*fill, CAUSE]] * times
    data = ("\n".join(["Singularity command: x", *lines]) + "\n").encode(encoding, "replace")
    data = data[: len(data) - cut] if encoding == "utf-8" else data
    log = LogFile("payload.stdout", data=data)
    verdict = diagnose(JobEvidence(pandaid=1, job=dict(RECORD), logs=[log]), catalogue.load())
    assert verdict is not None
    text = data.decode(encoding, "replace").split("\n")
    for item in verdict.diagnosis.evidence:
        if item.line and "bad_alloc" in item.text:
            assert "bad_alloc" in text[item.line - 1]
    if not cut or encoding != "utf-8":
        assert any("bad_alloc" in item.text for item in verdict.diagnosis.evidence)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.binary(max_size=80), max_size=30),
    st.sampled_from(["payload.stdout", "pilotlog.txt", "jobReport.json", "x.out"]),
)
def test_any_bytes_under_any_name_give_a_verdict(pieces: list[bytes], name: str) -> None:
    data = b"\n".join(pieces)
    verdict = diagnose(JobEvidence(pandaid=1, job=dict(RECORD), logs=[LogFile(name, data=data)]), catalogue.load())
    assert verdict is not None
    assert all(item.line is None or 1 <= item.line <= data.count(b"\n") + 1 for item in verdict.diagnosis.evidence)

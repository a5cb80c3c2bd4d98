"""Any size, any bytes: lines are counted by LF, marks stand on their lines, nothing raises."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.diagnosis import engine, scan
from askpanda.diagnosis.lines import around, line_text, text_of, traceback_span, window
from askpanda.diagnosis.rules import by_id
from askpanda.diagnosis.scan import Reading, Source

SEGFAULT = b" *** Break *** segmentation violation"
BORING = b"12:00:00 MyAlg   INFO done with event 12"


def read(data: bytes, name: str = "payload.stdout", kind: str = "payload") -> Reading:
    return scan.scan(name, kind, Source(data=data))


def lines_of(reading: Reading, rule: str) -> list[int]:
    found = reading.found.get(by_id()[rule].number)
    return [mark.line for mark in found.marks()] if found else []


def naive(data: bytes, needle: bytes) -> list[int]:
    return [number for number, line in enumerate(data.split(b"\n"), 1) if needle in line]


def test_a_mark_stands_on_the_line_that_grep_would_name() -> None:
    data = b"\n".join([BORING] * 999 + [SEGFAULT] + [BORING] * 50)
    assert lines_of(read(data), "segfault") == [1000] == naive(data, b"segmentation violation")


def test_the_number_of_lines_is_that_of_line_feeds_and_an_open_end() -> None:
    for data, lines in ((b"", 0), (b"a", 1), (b"a\n", 1), (b"a\nb", 2), (b"\n\n\n", 3), (b"a\r\nb\x0bc\xe2\x80\xa8d\x85e", 2)):
        assert read(data).lines == lines, data


def test_lines_are_right_over_many_blocks_and_at_their_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "BLOCK", 64)
    data = b"\n".join((SEGFAULT if number % 7 == 3 else BORING) for number in range(200))
    assert lines_of(read(data), "segfault")[: scan.KEPT] == naive(data, b"segmentation violation")[: scan.KEPT]


def test_a_match_in_a_line_longer_than_what_is_read_at_once_is_found_on_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "BLOCK", 1 << 12)
    monkeypatch.setattr(scan, "LONGEST", 1 << 14)
    monkeypatch.setattr(scan, "OVERLAP", 1 << 10)
    data = b"first\n" + b"x" * 50_000 + SEGFAULT + b"y" * 50_000 + b"\n" + SEGFAULT + b"\n"
    reading = read(data)
    assert lines_of(reading, "segfault") == [2, 3]
    mark = reading.marks("cause")[0]
    assert "segmentation violation" in line_text(reading, mark)
    assert len(line_text(reading, mark)) < 3000


def test_a_flood_of_matches_keeps_the_first_and_the_last_and_its_true_line_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "PATIENCE", 50)
    monkeypatch.setattr(scan, "BLOCK", 4096)
    monkeypatch.setattr(scan, "TAIL", 8192)
    data = b"\n".join([b"ERROR: again number %d" % number for number in range(20_000)] + [SEGFAULT, b"ERROR: the very last"])
    reading = read(data)
    assert lines_of(reading, "segfault") == [20_001]
    generic = lines_of(reading, "generic-payload-error")
    assert generic[0] == 1
    assert generic[-1] == 20_002
    assert len(generic) <= 2 * scan.KEPT


def test_a_rare_line_in_the_middle_of_a_flood_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "PATIENCE", 50)
    monkeypatch.setattr(scan, "BLOCK", 4096)
    monkeypatch.setattr(scan, "TAIL", 4096)
    lines = [b"ERROR: again number %d" % number for number in range(20_000)]
    lines[9_999] = SEGFAULT
    assert lines_of(read(b"\n".join(lines)), "segfault") == [10_000]


def test_colours_do_not_hide_a_line_and_do_not_move_it() -> None:
    data = b"\x1b[32mok\x1b[0m\n" * 5 + b"\x1b[31mSegmentation\x1b[0m fault\n"
    reading = read(data)
    assert lines_of(reading, "segfault") == [6]
    assert line_text(reading, reading.marks("cause")[0]) == "Segmentation fault"


def test_odd_bytes_are_shown_as_one_line_of_text() -> None:
    text = text_of("café \x85 \u2028 x\rprogress 5%\x00\x1b[1m bold".encode("latin-1", "replace"))
    assert "\n" not in text
    assert "\x1b" not in text
    assert "\x00" not in text


def test_a_log_on_disk_is_read_like_one_in_memory(tmp_path: Path) -> None:
    data = b"\n".join([BORING] * 5000 + [SEGFAULT] + [BORING] * 5000)
    path = tmp_path / "payload.stdout"
    path.write_bytes(data)
    on_disk, in_memory = scan.scan("payload.stdout", "payload", Source(path=path)), read(data)
    assert lines_of(on_disk, "segfault") == lines_of(in_memory, "segfault") == [5001]
    assert on_disk.lines == in_memory.lines
    mark = on_disk.marks("cause")[0]
    assert around(on_disk, mark.line, mark.start, 2, 2) == around(in_memory, mark.line, mark.start, 2, 2)


def test_a_window_has_the_numbers_of_its_lines() -> None:
    data = b"".join(b"line %d\n" % number for number in range(1, 100)) + SEGFAULT + b"\nafter\n"
    reading = read(data)
    mark = reading.marks("cause")[0]
    shown = window(reading, mark.line, mark.start, mark.line)
    assert shown.start == 96
    assert shown.text.split("\n") == ["line 96", "line 97", "line 98", "line 99", SEGFAULT.decode(), "after"]


def test_a_traceback_is_cut_to_its_deepest_frame_and_its_exception() -> None:
    data = (
        b"noise\nTraceback (most recent call last):\n"
        b'  File "run.py", line 3, in <module>\n    main()\n  File "lib.py", line 9, in main\n    raise ValueError("x")\n'
        b"ValueError: x\n"
    )
    reading = read(data)
    mark = next(mark for mark in reading.marks("cause") if mark.rule.id == "python-exception")
    line, start = traceback_span(reading, mark)
    assert (line, mark.line) == (5, 7)
    assert data[start:].startswith(b'  File "lib.py"')


LINE = st.one_of(
    st.binary(max_size=60), st.sampled_from([SEGFAULT, b"Killed", b"MemoryError", b"x\x1b[31m", b"\r\r", b"\x00" * 9])
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINE, max_size=60), st.sampled_from([7, 64, 1000, 1 << 18]))
def test_random_bytes_never_raise_and_never_move_a_line(lines: list[bytes], block: int) -> None:
    data = b"\n".join(lines)
    before = scan.BLOCK
    scan.BLOCK = block
    try:
        reading = read(data)
    finally:
        scan.BLOCK = before
    assert reading.size == len(data)
    assert reading.lines == data.count(b"\n") + (1 if data and not data.endswith(b"\n") else 0)
    expected = naive(data, b"segmentation violation")
    assert lines_of(reading, "segfault")[: scan.KEPT] == expected[: scan.KEPT]
    for mark in reading.marks("cause", "consequence", "context"):
        assert 1 <= mark.line <= max(1, reading.lines)
        assert data[: mark.start].count(b"\n") == mark.line - 1
        assert "\n" not in line_text(reading, mark)
        window(reading, mark.line, mark.start, mark.line)


@settings(max_examples=25, deadline=None)
@given(st.lists(LINE, max_size=40))
def test_both_engines_mark_the_same_lines(lines: list[bytes]) -> None:
    pytest.importorskip("hyperscan")
    data = b"\n".join(lines)
    slow = scan.scan("payload.stdout", "payload", Source(data=data), _re2())
    fast = read(data)
    assert _lines(slow) == _lines(fast)


def _lines(reading: Reading) -> dict[int, list[int]]:
    return {number: [mark.line for mark in found.marks()] for number, found in sorted(reading.found.items())}


@cache
def _re2() -> engine.Engine:
    return engine.make(engine.rules_of("program"), "re2")

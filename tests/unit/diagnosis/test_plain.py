"""Colour codes and a relay's prefixes are cut as the regular expressions for them say, whatever the bytes are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.diagnosis.plain import ANSI, RELAY, without

PIECES = st.lists(
    st.one_of(
        st.binary(max_size=6),
        st.sampled_from(
            [
                b"\x1b", b"\x1b[", b"\x1b[31m", b"\x1b[0;1;4m", b"\x1b[" + b"1" * 16 + b"m", b"\x1b[" + b"1" * 17 + b"m",
                b"\x1b[?25l", b"\x1b[2 q", b"INFO: ", b"WARNING: ", b"b'", b'b"', b" ", b"\n", b"INFO:", b"b' x",
            ]
        ),
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_cutting_at_all_places_at_once_is_what_the_expressions_say(pieces: list[bytes]) -> None:
    block = b"".join(pieces)
    assert without(block, True, False) == ANSI.sub(b"", block)
    assert without(block, False, True) == RELAY.sub(b"", block)
    assert without(block, True, True) == RELAY.sub(b"", ANSI.sub(b"", block))
    assert without(memoryview(block), True, True).count(b"\n") == block.count(b"\n")


def test_a_block_with_neither_is_not_copied() -> None:
    block = memoryview(b"12:00:00 MyAlg INFO done\n")
    assert without(block, False, False) is block

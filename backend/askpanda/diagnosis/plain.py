"""A block of a log without colour codes and without a relay's prefixes, which stand before what rules look for.

Done for all places of a block at once: one regular expression after the other costs three to ten times as much as all rules.
The number of lines stays.
"""

import re
from typing import Any

import numpy as np

Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
Places = np.ndarray[tuple[int], np.dtype[np.int64]]

#: What stands before each line of a program whose output another program passes on as log messages: runcontainer gives
#: standard output as INFO and standard error as WARNING (panda-wnscript src/runcontainer).
RELAY = re.compile(rb"(?m)^(?:INFO|WARNING): (?:b['\"])?(?! )")
#: A colour code and its kin: ESC [, up to `_LONGEST` parameters, perhaps one byte between, a letter.
ANSI = re.compile(rb"\x1b\[[0-9;?]{0,16}[ -/]?[@-~]")
#: What runcontainer writes before it starts the container.
_RELAY_START = b"Singularity command: "
_LONGEST = 16
_LEVELS = (b"INFO: ", b"WARNING: ")


def _class(members: bytes) -> Any:
    table = np.zeros(256, dtype=bool)
    table[list(members)] = True
    return table


_PARAMETER, _BETWEEN = _class(b"0123456789;?"), _class(bytes(range(0x20, 0x30)))
_FINAL, _QUOTE = _class(bytes(range(0x40, 0x7F))), _class(b"'\"")


def relayed(block: bytes) -> bool:
    """Does the log that begins with this block hold another program's output as log messages? Asked once a log."""
    return _RELAY_START in block or 2 * len(RELAY.findall(block)) > block.count(b"\n") > 0


def without(block: Any, coloured: bool, passed_on: bool) -> Any:
    """The block's bytes without colour codes and a relay's prefixes, where there may be some; the same object else."""
    if not (coloured or passed_on):
        return block
    data = np.frombuffer(block, dtype=np.uint8)
    if coloured:
        data = _cut(data, *_colours(data))
    if passed_on and len(data):
        data = _cut(data, *_prefixes(data))
    return data.tobytes()


def _at(data: Bytes, places: Places, table: Any) -> Any:
    """For each place: does a byte of this class stand there? Never behind the end."""
    inside = places < len(data)
    return table[data[np.where(inside, places, 0)]] & inside


def _colours(data: Bytes) -> tuple[Places, Places]:
    starts = np.flatnonzero(data == 0x1B)
    starts = starts[_at(data, starts + 1, _class(b"["))]
    end = starts + 2
    for _ in range(_LONGEST):
        more = _at(data, end, _PARAMETER)
        if not more.any():
            break
        end += more
    end += _at(data, end, _BETWEEN)
    whole = _at(data, end, _FINAL)
    return starts[whole], (end + 1 - starts)[whole]


def _prefixes(data: Bytes) -> tuple[Places, Places]:
    lines = np.concatenate(([0], np.flatnonzero(data == 10) + 1)).astype(np.int64)
    lengths = np.zeros(len(lines), dtype=np.int64)
    for word in _LEVELS:
        same = np.ones(len(lines), dtype=bool)
        for place, byte in enumerate(word):
            same &= _at(data, lines + place, _class(bytes([byte])))
        lengths[same] = len(word)
    lines, lengths = lines[lengths > 0], lengths[lengths > 0]
    behind = lines + lengths
    space = _class(b" ")
    quoted = _at(data, behind, _class(b"b")) & _at(data, behind + 1, _QUOTE) & ~_at(data, behind + 2, space)
    wanted = quoted | ~_at(data, behind, space)
    return lines[wanted], (lengths + 2 * quoted)[wanted]


def _cut(data: Bytes, starts: Places, lengths: Places) -> Bytes:
    if not len(starts):
        return data
    keep = np.ones(len(data), dtype=bool)
    for step in range(int(lengths.max())):
        keep[starts[lengths > step] + step] = False
    kept: Bytes = data[keep]
    return kept

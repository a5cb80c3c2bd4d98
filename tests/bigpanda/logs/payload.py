"""Steps that write what a payload prints itself: noise of set-up, Athena, ROOT, compilers, and verbatim text."""

from collections.abc import Callable
from typing import Any

from tests.bigpanda.record import stable

Lines = list[str]
Writer = Callable[..., None]

WRITERS: dict[str, Writer] = {}


def writer(function: Writer) -> Writer:
    """Make a function usable as a step of a payload file's list, under its own name."""
    WRITERS[function.__name__] = function
    return function


def write(plan: list[Any], job: dict[str, Any]) -> list[str]:
    """Lines of one file after its plan: a list of `name` or `{name: {parameters}}`."""
    out: Lines = []
    for entry in plan:
        name, given = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
        if isinstance(given, dict):
            WRITERS[name](out, job, **given)
        else:
            WRITERS[name](out, job, given)
    return out


@writer
def text(out: Lines, job: dict[str, Any], content: str) -> None:
    """Lines as they are."""
    out.extend(content.rstrip("\n").split("\n"))


@writer
def repeat(out: Lines, job: dict[str, Any], line: str, times: int, start: int = 0) -> None:
    """One line many times; `{n}` counts, `{r}` is a number that looks random, `{f}` a fraction."""
    for n in range(start, start + times):
        out.append(
            line.replace("{n}", str(n))
            .replace("{r}", str(stable((line, n), 1000, 99999)))
            .replace("{f}", f"{stable((n, line), 1, 9999) / 1000:.3f}")
        )


@writer
def container(out: Lines, job: dict[str, Any], image: str = "el9") -> None:
    """What the ATLAS set-up prints before the payload's first word."""
    out.extend(
        [
            "lsetup               lsetup <tool1> [ <tool2> ...] (see lsetup -h):",
            " lsetup asetup        (or asetup) to setup an Athena release",
            " lsetup rucio         distributed data management system client",
            "advancedTools         advanced tools menu",
            f"Info: /cvmfs mounted; do 'setupATLAS -d -c {image}' to skip default mounts.",
            "------------------------------------------------------------------------------",
            f"Apptainer: 1.4.2; image: /cvmfs/atlas.cern.ch/repo/containers/fs/singularity/x86_64-{image}",
            "INFO:    gocryptfs not found, will not be able to use gocryptfs",
            "WARNING: /etc/resolv.conf is bind mounted from host",
            "------------------------------------------------------------------------------",
            f"Using AtlasSetup/V04-01-21 release {job['atlasrelease']}",
            "Configured GCC from: /cvmfs/sft.cern.ch/lcg/releases/gcc/13.1.0-b3d18/x86_64-el9/bin/gcc",
        ]
    )


_ATHENA = (
    "GeoModelSvc::DetDescrConfiguration INFO  {n} volumes read so far",
    (
        "AthenaEventLoopMgr                           INFO   ===>>>  start processing event #{n}, run #{run} {n} events"
        " processed so far  <<<==="
    ),
    "TrigConfSvc                                 WARNING No trigger menu for this event, defaults are used",
    "ToolSvc.ElectronLikelihoodTool              WARNING Conditions outside of the validity range, nearest bin is used",
    (
        "AthenaEventLoopMgr                           INFO   ===>>>  done processing event #{n}, run #{run} {n} events"
        " processed so far  <<<==="
    ),
    (
        "IOVDbSvc                                     INFO Folder /EXT/DCS/MAGNETS (AttrListColl) db-read 1/1 objs/chan/bytes"
        " 4/4/100"
    ),
    "Frontier client                             WARNING response from cache took longer than 2 s, retrying with next proxy",
)


@writer
def athena(out: Lines, job: dict[str, Any], events: int = 200, run: int = 410000, start: int = 1) -> None:
    """An Athena event loop, with warnings that healthy jobs print as well."""
    if start == 1:
        out.extend(
            [
                'Py:Athena            INFO including file "AthenaCommon/Preparation.py"',
                (
                    f"Py:Athena            INFO using release [Athena-{job['atlasrelease']}] [x86_64-el9-gcc13-opt]"
                    f" [{stable(run, 10**8, 10**9):x}] -- built on [2025-09-30T0347]"
                ),
                'Py:Athena            INFO including file "AthenaCommon/Bootstrap.py"',
                "ApplicationMgr    SUCCESS ",
                "===================================================================================================================================",
                "                                                   Welcome to ApplicationMgr (GaudiCoreSvc v38r1)",
                "===================================================================================================================================",
                "ApplicationMgr       INFO Application Manager Configured successfully",
                (
                    "DBReplicaSvc         INFO Frontier server at"
                    " (serverurl=http://frontier.example.org:8000/atlr)(proxyurl=http://squid.example.org:3128) will be"
                    " considered"
                ),
                "PoolSvc           WARNING Unable to find SQLite release file, will use default",
                "ApplicationMgr       INFO Application Manager Initialized successfully",
            ]
        )
    for n in range(start, start + events):
        for m, line in enumerate(_ATHENA):
            if m in (1, 4) or stable((run, n, m), 0, 24) == 0:
                out.append(
                    f"{(n // 3600) % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d} "
                    + line.replace("{n}", str(n)).replace("{run}", str(run))
                )


@writer
def root_warnings(out: Lines, job: dict[str, Any], times: int = 40) -> None:
    """ROOT's usual noise."""
    for n in range(times):
        out.append(f"Warning in <TClass::Init>: no dictionary for class xAOD::Variant{n} is available")
        if n % 7 == 0:
            out.append(f"Error in <TH1D::Fill>: bin {n} out of range, ignored")


@writer
def crash(out: Lines, job: dict[str, Any], frames: list[str], signal: str = "segmentation violation") -> None:
    """ROOT's stack trace of a crash."""
    out.extend(
        [
            "",
            f" *** Break *** {signal}",
            "",
            "===========================================================",
            "There was a crash.",
            "This is the entire stack trace of all threads:",
            "===========================================================",
        ]
    )
    out.extend(f"#{n}  0x{stable((n, frame), 10**11, 10**12):012x} in {frame}" for n, frame in enumerate(frames))
    out.append("===========================================================")


@writer
def compiling(out: Lines, job: dict[str, Any], package: str, files: int = 60) -> None:
    """A CMake build with warnings that do not matter."""
    for n in range(files):
        out.append(
            f"[{n * 100 // (files + 3):3d}%] Building CXX object"
            f" {package}/CMakeFiles/{package}Lib.dir/Root/Algorithm{n:02d}.cxx.o"
        )
        if n % 6 == 2:
            out.append(f"{package}/Root/Algorithm{n:02d}.cxx:{30 + n}:17: warning: unused variable 'error' [-Wunused-variable]")
            out.append(f"   {30 + n} |   StatusCode  error = StatusCode::FAILURE;")
            out.append("      |               ^~~~~")


@writer
def big(out: Lines, job: dict[str, Any], megabytes: int) -> None:
    """Lines of a chatty payload until the file has about this size."""
    size, n = sum(len(line) + 1 for line in out), 0
    while size < megabytes * 1_000_000:
        line = (
            f"MyAnalysisAlg        {'WARNING' if n % 11 == 3 else 'DEBUG  '} event {n}: jet pT ="
            f" {stable(n, 20_000, 900_000) / 1000:.3f} GeV eta = {stable((n, 1), -4500, 4500) / 1000:.3f} phi ="
            f" {stable((n, 2), -3141, 3141) / 1000:.3f} tagged={n % 5 == 0} timeout=0 errors=0"
        )
        out.append(line)
        size += len(line) + 1
        n += 1


@writer
def odd_bytes(out: Lines, job: dict[str, Any], kind: str) -> None:
    """Bytes that break careless readers, carried as surrogate escapes until the file is written.

    `latin1`, `ansi`, `cr`, `nul`, `u2028`, `long` (a line of 200 kB).
    """
    lines = {
        "latin1": ["R\udce9sum\udce9 de l'\udce9tape: d\udce9but \udcb5s=12"],
        "ansi": ["\x1b[32mINFO\x1b[0m    \x1b[1mconfiguration loaded\x1b[0m", "\x1b[33mWARNING\x1b[0m no \x1b[4mcache\x1b[0m"],
        "cr": ["\r".join(f"progress: {n:3d}% [{'#' * (n // 5):<20}]" for n in range(0, 101, 5)), "done\r"],
        "nul": ["block \x00\x00\x00\x00 flushed", "\x00" * 64],
        "u2028": ["first half\u2028second half of the same line\u2029and a third", "next\x85line \x0b\x0c form feed"],
        "long": ["payload table: " + ",".join(f"{stable(n, 10**6, 9 * 10**6)}" for n in range(25_000))],
    }
    out.extend(lines[kind])

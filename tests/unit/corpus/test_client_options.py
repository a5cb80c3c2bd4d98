"""Commands in guides and catalogue use options that the PanDA client knows (`client_options.csv`, read in its sources)."""

import csv
import re
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

CORPUS = Path(str(files("askpanda_corpus")))
TEXTS = sorted([*(CORPUS / "guides").glob("*.md"), *(CORPUS / "errors").glob("*.yaml")])
COMMANDS = ("prun", "pathena", "phpo", "pchain", "pchain_native")
#: What many users give: each is explained in a guide.
_OFTEN_TEXT = """
--inDS --outDS --exec --outputs --nJobs --nFilesPerJob --nGBPerJob --nEventsPerJob --nFiles --site --excludedSite
--memory --nCore --bexec --noBuild --noCompile --rootVer --athenaTag --cmtConfig --containerImage --extFile
--excludeFile --useNewCode --destSE --mergeOutput --mergeScript --forceStaged --allowNoOutput --secondaryDSs --match
--antiMatch --goodRunListXML --trf --supStream --extOutFile --maxAttempt --noLoopingCheck --express --priority --voms
--official --useSecrets --architecture --parentTaskID --noSubmit --respectSplitRule --addNthFieldOfInDSToLFN
--writeInputToTxt --inOutDsJson --bulkSubmission --loadJson --outTarBall --inTarBall --maxPoints --nParallelEvaluation
--cwl --yaml --check --wfd"""
OFTEN = _OFTEN_TEXT.split()


def known() -> dict[str, set[str]]:
    options = defaultdict(set)
    with Path(__file__).with_name("client_options.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            options[row["command"]].add(row["option"])
    return options


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Command lines of the client with their options; what stands in quotes belongs to the user's own program."""
    found = []
    for line in re.findall(rf"^(?:{'|'.join(COMMANDS)}) .*$|`(?:{'|'.join(COMMANDS)}) [^`]*`", text, re.MULTILINE):
        bare = re.sub(r"\"[^\"]*\"|'[^']*'", "", line.strip("`"))
        found.append((bare.split()[0], re.findall(r"(?<!\S)--[A-Za-z][\w-]*", bare)))
    return found


def takes(options: set[str], given: str) -> bool:
    """As argparse does: by its name, or by the beginning of one name (prun's `--output`)."""
    return given in options or sum(option.startswith(given) for option in options) == 1


def test_command_lines_use_options_of_their_command():
    options = known()
    wrong = []
    seen = 0
    for path in TEXTS:
        for command, given in commands(path.read_text("utf-8")):
            seen += bool(given)
            wrong += [(path.name, command, option) for option in given if not takes(options[command], option)]
    assert wrong == []
    assert seen > 50


def test_a_retry_changes_what_pbook_lets_it_change():
    allowed = {option.removeprefix("retry ") for option in known()["pbook"]}
    wrong = []
    for path in TEXTS:
        text = path.read_text("utf-8")
        calls = re.findall(r"\bretry\([^()]*\)", text) + re.findall(r"pbook retry [^\n`]*", text)
        for call in calls:
            wrong += [
                (path.name, name)
                for name in re.findall(r"\b([A-Za-z]\w*)=", call)
                if name not in allowed | {"newOpts", "days", "limit"}
            ]
    assert wrong == []


def test_options_that_many_give_are_explained_in_a_guide():
    guides = " ".join(path.read_text("utf-8") for path in TEXTS if path.suffix == ".md")
    everywhere = set().union(*known().values())
    assert [option for option in OFTEN if option not in everywhere] == []
    assert [option for option in OFTEN if not re.search(re.escape(option) + r"\b", guides)] == []

"""What a sentence says in words only: what ended the job, who has more, how many of them, how often."""

import pytest

from askpanda.pipeline.checking.causes import stated
from askpanda.pipeline.checking.claims import Evidence, unsupported
from askpanda.pipeline.kept import OWN, RECORD, TABLE, fenced

#: One job, with its verdict, and what may be behind it.
JOB = Evidence(
    "\n".join(
        [
            fenced("verdict", '{"cause": "The disk of the worker node had only 1.1 GB left.", "name": "NOLOCALSPACE"}'),
            fenced(
                OWN,
                "## description\nJob 6803190033 failed at SLACXRD.\n## user.causes\n"
                "- Possibly behind it: The storage was down.\n## expert.scenarios\n"
                "- After a power cut all files of a door were unreadable, and jobs could not read their input.",
            ),
        ]
    ),
    [],
)
#: Two jobs of a list, and the errors of a page.
JOBS = Evidence(
    "\n".join(
        [
            fenced(
                OWN,
                "## description\nOf 2 jobs, 2 failed.\n## problems\n"
                "- Job 6519134287 at RO-16-UAIC failed: pilot 1324. Stage-in of its file failed. A retry can help later.\n"
                "- Job 6800730400 at DESY-HH failed: pilot 1235. It used 5007 MB of memory where 4000 MB are allowed. "
                "A retry does not help.",
            )
        ]
    ),
    [],
)
COUNTS = Evidence(
    "\n".join(
        [
            fenced(OWN, "## description\n**142** of 623 jobs failed in the last 24 hours."),
            fenced(f"{TABLE}Jobs by state", '{"columns": ["State", "Jobs"], "rows": [["finished", 481], ["failed", 142]]}'),
            fenced(f"{TABLE}Jobs by queue", '{"columns": ["Queue", "Jobs"], "rows": [["CERN", 457], ["MWT2", 166]]}'),
            fenced(
                f"{TABLE}Errors",
                '{"columns": ["Component", "Code", "Jobs", "Message"], "rows": '
                '[["pilot", 1305, 90, "Failed to execute payload"], '
                '["pilot", 1099, 52, "Failed to stage-in file"]]}',
            ),
        ]
    ),
    [],
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The network was down.", "The job used too much memory.", "The storage was down.", "The payload crashed.",
        "Its input could not be read.", "It failed because of its memory.", "Das Netz war ausgefallen.",
        "Le stockage était en panne.", "El programa falló con un error.", "The job lost its heartbeat.",
        "The proxy of the user had expired.", "It seems that the network was down.",
    ],
)  # fmt: skip
def test_a_cause_that_the_evidence_does_not_have_is_removed(sentence: str) -> None:
    assert unsupported(sentence, JOB)


@pytest.mark.parametrize(
    "sentence",
    [
        "The disk was full.", "Not enough local space was left.", "Die Platte war voll.", "Le disque était plein.",
        "The storage may have been down.", "The network was not down.", "It was the disk, not the memory.",
        "If the storage was down, wait.", "Neither the network nor the storage is the cause.",
        "After a power cut all files of a door were unreadable, and jobs could not read their input.",
    ],
)  # fmt: skip
def test_a_cause_may_be_told_denied_or_held_for_possible_as_the_evidence_does(sentence: str) -> None:
    assert unsupported(sentence, JOB) == []


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("Job 6519134287 used too much memory.", True), ("Job 6800730400 used too much memory.", False),
        ("Both jobs used too much memory.", True), ("At DESY-HH the input could not be read.", True),
        ("Both failed for the same reason.", True), ("Both failed, but not for the same reason.", False),
        ("A retry helps both jobs.", True), ("A retry helps neither of them.", True), ("One of the 2 jobs finished.", True),
        ("Both jobs ran at the same site.", True),
    ],
)  # fmt: skip
def test_of_several_jobs_each_has_its_own_cause(sentence: str, wrong: bool) -> None:
    assert bool(unsupported(sentence, JOBS)) is wrong


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("More jobs failed than finished.", True), ("More jobs finished than failed.", False),
        ("CERN has more jobs than MWT2.", False), ("CERN has fewer jobs than MWT2.", True),
        ("Pilot 1099 is the most frequent error.", True), ("Pilot 1305 is the most frequent error.", False),
        ("Most jobs failed.", True), ("Most jobs finished.", False), ("All jobs finished.", True), ("No job failed.", True),
        ("166 jobs failed at MWT2.", True), ("MWT2 has 166 jobs.", False), ("In total 142 jobs failed.", False),
        ("In total 481 failed.", True), ("52 jobs could not read their input.", False),
        ("90 jobs could not read their input.", True), ("More than three times as many jobs finished as failed.", False),
        ("Five times as many jobs finished as failed.", True), ("In the last 24 hours 142 jobs failed.", False),
        ("In the last 12 hours 142 jobs failed.", True),
    ],
)  # fmt: skip
def test_what_is_compared_is_looked_up_by_the_names(sentence: str, wrong: bool) -> None:
    assert bool(unsupported(sentence, COUNTS)) is wrong


#: A job in its last attempt that has run for 40 of 48 hours.
LAST = Evidence(
    fenced(
        OWN,
        "## description\nJob 6798544333 is **running** at MWT2. It has run for 1 d 16:00:00; 83 % of the 2 d 00:00:00 that "
        "were foreseen. This is the last attempt (4 of 4).\n## details\n- run time: 1 d 16:00:00\n- wall time limit: "
        "2 d 00:00:00\n- CPU efficiency: 96 %",
    )
    + "\n"
    + fenced(RECORD, "jobstatus: running\nattemptnr: 4\nmaxattempt: 4\ncomputingsite: MWT2"),
    [],
)


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("It is the first attempt.", True), ("It is the fourth attempt.", False), ("C'est la première tentative.", True),
        ("There will be another attempt.", True), ("No attempt is left.", False), ("It has 20 hours left.", True),
        ("It has 8 hours left.", False), ("It may still run for 40 hours.", True),
        ("The CPU was busy nearly all the time.", False), ("The CPU was idle.", True),
        ("It ran for days.", True), ("It has run for hours.", False), ("It runs at BNL.", True),
    ],
)  # fmt: skip
def test_what_is_left_of_a_job_is_reckoned(sentence: str, wrong: bool) -> None:
    assert bool(unsupported(sentence, LAST)) is wrong


def test_only_the_part_of_a_sentence_that_states_it_counts() -> None:
    said = "It was not the network, but the disk was full"
    assert [(cause, said[start:end].strip()) for cause, start, end in stated(said)] == [("disk", "but the disk was full")]

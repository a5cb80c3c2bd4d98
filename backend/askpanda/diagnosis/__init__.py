"""The verdict on a job: which error, which line proves it, whose problem, does a retry help. Rules are data."""

from askpanda.diagnosis.clusters import Cluster, clusters, common_to_all, shared
from askpanda.diagnosis.differences import Difference, differences
from askpanda.diagnosis.engine import read_rules, warm_up
from askpanda.diagnosis.lines import message_of
from askpanda.diagnosis.logfiles import logs_wanted
from askpanda.diagnosis.record import read_record
from askpanda.diagnosis.states import StateNotes, describe_state, moment
from askpanda.diagnosis.types import Advice, Catalogue, Entry, RecordVerdict, Verdict
from askpanda.diagnosis.verdict import diagnose

__all__ = [
    "Advice", "Catalogue", "Cluster", "Difference", "Entry", "RecordVerdict", "StateNotes", "Verdict", "clusters",
    "common_to_all", "describe_state", "diagnose", "differences", "logs_wanted", "message_of", "moment", "read_record",
    "read_rules", "shared", "warm_up",
]  # fmt: skip

"""A question's way: route, gather, diagnose, retrieve, word, check.

Use it by `askpanda.pipeline.assistant.Assistant`; what goes in is `askpanda.pipeline.turn.Turn`.
"""

import os

# Haystack reports usage to its makers unless this is set before its first import; nothing of a question leaves here unasked.
os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")

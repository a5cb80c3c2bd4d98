"""What we say ourselves in an evidence: our own words, and the sentences of the verdict."""

import json
import re

from askpanda.pipeline.kept import OWN


def focus(label: str, text: str) -> str:
    """What says which way it was: the verdict, and what happened in our own words."""
    if label == OWN:
        return "\n".join(re.findall(r"^## (?:description|user\.problem)\n(.*?)(?=^## |\Z)", text, re.S | re.M))
    return prose(label, text) if label == "verdict" else ""


def prose(label: str, text: str) -> str:
    """Our own words, and the verdict's sentences."""
    if label != "verdict":
        return text
    try:
        verdict = json.loads(text)
        retry = verdict.get("retry") or {}
        tries = (
            f"attempt {retry['attempt']} of {retry['max_attempts']}"
            if retry.get("attempt") and retry.get("max_attempts")
            else ""
        )
        return "\n".join([str(verdict.get("cause", "")), str(retry.get("reason", "")), tries, text])
    except (ValueError, AttributeError, TypeError):
        return text

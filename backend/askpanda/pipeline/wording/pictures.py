"""Pictures of the corpus, where they help; which subjects each helps with stands beside them, in `images.yaml`."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.wording.passages import content_words
from askpanda.schema.answer import Block


@cache
def _pictures() -> list[dict[str, Any]]:
    folder = files("askpanda_corpus").joinpath("images")
    listed = folder.joinpath("images.yaml")
    pictures = yaml.safe_load(listed.read_text(encoding="utf-8")) if listed.is_file() else []
    return [picture for picture in pictures if folder.joinpath(picture["name"]).is_file()]


def pictures_for(question: str, subject: str) -> list[Block]:
    """At most one image block (`src` is a file name of the corpus's images), for the subject that it helps with most."""
    asked, about = fold(question), content_words(subject)
    best: tuple[int, dict[str, Any]] | None = None
    for picture in _pictures():
        for topic in picture["topics"]:
            words = content_words(topic)
            named = about == words or (len(words) > 1 and (words <= about or topic in asked))
            if words and named and (best is None or len(words) > best[0]):
                best = (len(words), picture)
    if best is None:
        return []
    picture = best[1]
    return [Block(kind="image", title=picture["title"], data={"src": picture["name"], "alt": picture["alt"]})]

"""Pictures of the corpus, where they help. Which picture belongs to which subject is data: `rules/pictures.yaml`."""

import re
from functools import cache
from importlib.resources import files

from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.text import fold
from askpanda.schema.answer import Block


@cache
def _there(name: str) -> bool:
    return files("askpanda_corpus").joinpath("images", name).is_file()


def pictures_for(question: str, subject: str) -> list[Block]:
    """Image blocks (`src` is a file name of the corpus's images) for questions about what a picture shows."""
    folded = fold(f"{question} {subject}")
    blocks: list[Block] = []
    for picture in load("pictures"):
        if _there(picture["src"]) and any(re.search(pattern, folded) for pattern in picture["for"]):
            blocks.append(Block(kind="image", title=picture["title"], data={"src": picture["src"], "alt": picture["alt"]}))
    return blocks[:1]

"""A chunk as the terms that both stores index."""

from haystack.dataclasses import Document

from askpanda.stores.text import words

#: Changes whenever terms are made otherwise, here or in text.py, or a store's tables or fields change. What an index of
#: another layout holds is analysed anew by the next build.
LAYOUT = 7


def analysed(document: Document) -> tuple[list[str], int]:
    """Words of a chunk in order, and how many of them come from its heading path (its first line) and its file name.

    A page's file name is often the only place that says the tool's name ("client/prun.rst" is headed "Running ordinary
    analysis"), so the last two parts of the path count as heading, and so do keywords that the page gives itself.
    """
    content = document.content or ""
    head, gap, body = content.partition("\n\n")
    if not gap or not document.meta.get("section"):
        head, body = "", content
    path = str(document.meta.get("path") or "")
    place = " ".join(path.rsplit(".", 1)[0].split("/")[1:][-2:])
    heading = list(words(f"{place} {head} {document.meta.get('keywords') or ''}"))
    return heading + list(words(body)), len(heading)

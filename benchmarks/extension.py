"""The extension's sizes, and what its content script costs a page in real browsers."""

from pathlib import Path

from benchmarks.figure import Figure

DIST = Path(__file__).resolve().parent.parent / "extension" / "dist"


def figures() -> list[Figure]:
    """Sizes in kB of what is built; milliseconds of the content script on a job page, median of page loads."""
    chromium = DIST / "chromium"
    panel = sum(f.stat().st_size for f in (chromium / "panel").glob("*") if f.suffix in (".js", ".css", ".html"))
    return [
        Figure("content script, built", "kB", [_kb(chromium / "content.js")], "≤ 20"),
        Figure("panel, built (js, css, html)", "kB", [panel / 1000], "≤ 120"),
        *[Figure(f"store package {zip_.name}", "kB", [_kb(zip_)]) for zip_ in sorted(DIST.glob("*.zip"))],
        *_page_cost(),
    ]


def _kb(path: Path) -> float:
    return path.stat().st_size / 1000


def _page_cost() -> list[Figure]:
    from benchmarks.page_cost import chromium_ms, firefox_ms

    return [
        Figure("content script on a job page, Chromium", "ms", chromium_ms(), "≤ 5"),
        Figure("content script on a job page, Firefox", "ms", firefox_ms(), "≤ 30"),
    ]

"""Sites by their sitemap and JSON files of the web, against a server on loopback."""

import gzip
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from askpanda.settings import Settings
from askpanda.stores import open_store
from askpanda_indexer import web
from askpanda_indexer.run import run
from askpanda_indexer.sources import GitSource, SourceFailed, source_for


@dataclass
class Site:
    """`pages`: path -> body, or (status, location or type, body). `asked`: what was asked for, conditions behind it."""

    url: str = ""
    pages: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def sitemap(self, *paths: str, dates: dict[str, str] | None = None) -> None:
        rows = "".join(
            f"<url><loc>{p if '://' in p else self.url + p}</loc><lastmod>{(dates or {}).get(p, '')}</lastmod></url>"
            for p in paths
        )
        self.pages["/docs/sitemap.xml"] = f"<?xml version='1.0'?><urlset xmlns='x'>{rows}</urlset>"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            tagged = self.headers.get("If-None-Match")
            made.asked.append(f"{self.path} {tagged or ''}".strip())
            found = made.pages.get(self.path)
            status, kind, body = (
                found if isinstance(found, tuple) else (200 if found is not None else 404, "text/html", found or "")
            )
            data = body if isinstance(body, bytes) else str(body).encode()
            tag = f'"{hash(data)}"'
            if status == 200 and tagged == tag:
                status, data = 304, b""
            self.send_response(status)
            self.send_header("Location" if status in (301, 302) else "Content-Type", kind)
            self.send_header("ETag", tag)
            self.send_header("Last-Modified", "Tue, 03 Mar 2026 10:15:00 GMT")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(state_dir=tmp_path / "state")


def add(settings: Settings, place: str, **kwargs):
    return run(settings, [source_for(place, settings.state_dir / "sources", **kwargs)])[0]


def page(title: str, text: str) -> str:
    return f"<html><nav>menu</nav><main><h1>{title}</h1><p>Opening.</p><h2 id=part>Part</h2><p>{text}</p></main></html>"


def test_a_site_is_read_by_its_sitemap_and_passages_link_into_its_pages(site, settings):
    site.pages["/docs/a.html"] = page("Alpha", "About brokerage.")
    site.pages["/docs/b/"] = page("Beta", "About heartbeats.")
    site.sitemap("/docs/a.html", "/docs/b/", "/docs/picture.png", "/elsewhere/c.html")
    report = add(settings, f"{site.url}/docs/", name="manual")
    assert (report.files, report.failed, report.skipped) == (2, "", [])
    hit = open_store(settings).search("brokerage", 1)[0]
    assert (hit.path, hit.url, hit.section) == ("manual/docs/a.html", f"{site.url}/docs/a.html#part", "Alpha > Part")
    assert "menu" not in hit.text
    assert open_store(settings).search("heartbeats", 1)[0].url == f"{site.url}/docs/b/#part"
    assert not any(asked.startswith(("/elsewhere", "/docs/picture")) for asked in site.asked)


def test_passages_of_a_site_carry_the_date_of_their_page(site, settings):
    site.pages |= {f"/docs/{n}.html": f"<h1>{n}</h1><p>A page about {n}.</p>" for n in ("otters", "lemurs")}
    site.sitemap("/docs/otters.html", "/docs/lemurs.html", dates={"/docs/otters.html": "2025-11-02T09:00:00+01:00"})
    add(settings, site.url + "/docs/")
    store = open_store(settings)
    dates = {word: store.search(word, 1)[0].as_of for word in ("otters", "lemurs")}
    assert dates == {"otters": "2025-11-02T00:00:00Z", "lemurs": "2026-03-03T10:15:00Z"}


def test_nothing_of_another_host_is_ever_asked_for(site, settings):
    other = site.url.replace("127.0.0.1", "localhost")
    site.pages["/docs/a.html"] = page("Alpha", "About brokerage.")
    site.pages["/docs/away.html"] = (302, f"{other}/docs/stolen.html", "")
    site.pages["/docs/stolen.html"] = page("Stolen", "Stolen text.")
    site.sitemap("/docs/a.html", "/docs/away.html", f"{other}/docs/stolen.html")
    report = add(settings, f"{site.url}/docs/", name="manual")
    assert report.files == 1
    assert [(s.path, s.reason) for s in report.skipped] == [("docs/away.html", "it leads to another host")]
    assert "/docs/stolen.html" not in site.asked


def test_a_second_run_asks_only_whether_pages_have_changed(site, settings):
    for name in "ab":
        site.pages[f"/docs/{name}.html"] = page(name, f"Text {name} about brokerage.")
    site.sitemap("/docs/a.html", "/docs/b.html")
    add(settings, f"{site.url}/docs/", name="manual")
    site.pages["/docs/b.html"] = page("b", "Something new about heartbeats.")
    site.asked.clear()
    report = add(settings, f"{site.url}/docs/", name="manual")
    assert (report.unchanged, report.written) == (1, 2)
    assert all('"' in asked for asked in site.asked if asked.startswith("/docs/") and "sitemap" not in asked)
    assert open_store(settings).search("heartbeats", 1)[0].path == "manual/docs/b.html"


def test_a_run_that_was_broken_off_keeps_the_pages_that_it_had(site, settings, monkeypatch):
    monkeypatch.setattr(web, "GIVE_UP", 1)
    for name in "ab":
        site.pages[f"/docs/{name}.html"] = page(name, "About brokerage.")
    site.sitemap("/docs/a.html", "/docs/b.html")
    real = web._Reader.get

    def cut(self, address, *rest):
        if address.endswith("b.html"):
            raise web.httpx.ConnectError("gone")
        return real(self, address, *rest)

    monkeypatch.setattr(web._Reader, "get", cut)
    report = add(settings, f"{site.url}/docs/", name="manual")
    assert "stopped answering" in report.failed
    monkeypatch.setattr(web._Reader, "get", real)
    site.asked.clear()
    assert add(settings, f"{site.url}/docs/", name="manual").files == 2
    assert any(asked.startswith('/docs/a.html "') for asked in site.asked)


def test_what_cannot_be_read_is_said_and_the_rest_is_indexed(site, settings, monkeypatch):
    monkeypatch.setattr(web, "LARGEST_PAGE", 2000)
    site.pages |= {
        "/docs/a.html": page("Alpha", "About brokerage."), "/docs/big.html": page("Big", "x " * 2000),
        "/docs/data": (200, "application/pdf", "%PDF"), "/docs/loop.html": (302, "/docs/loop.html", ""),
        "/docs/private/x.html": page("Private", "Secret."), "/robots.txt": "User-agent: *\nDisallow: /docs/private/\n",
    }  # fmt: skip
    site.sitemap(*(path for path in site.pages if path.startswith("/docs/")), "/docs/gone.html")
    report = add(settings, f"{site.url}/docs/", name="manual")
    assert report.files == 1
    reasons = {skipped.path: skipped.reason for skipped in report.skipped}
    assert set(reasons) == {"docs/big.html", "docs/data", "docs/loop.html", "docs/private/x.html", "docs/gone.html"}
    assert "404" in reasons["docs/gone.html"]
    assert "robots" in reasons["docs/private/x.html"]
    assert "/docs/private/x.html" not in site.asked


def test_sitemaps_of_sitemaps_packed_ones_and_those_of_robots_are_followed(site, settings):
    site.pages["/manual/a.html"] = page("Alpha", "About brokerage.")
    inner = f"<urlset><url><loc>{site.url}/manual/a.html</loc></url></urlset>"
    site.pages["/maps/inner.xml.gz"] = (200, "application/gzip", gzip.compress(inner.encode()))
    outer = "".join(f"<sitemap><loc>{site.url}/maps/{name}</loc></sitemap>" for name in ("inner.xml.gz", "outer.xml"))
    site.pages["/maps/outer.xml"] = f"<sitemapindex>{outer}</sitemapindex>"
    site.pages["/robots.txt"] = f"Sitemap: {site.url}/maps/outer.xml\n"
    assert add(settings, f"{site.url}/manual", name="m").files == 1


def test_a_packed_sitemap_that_swells_beyond_all_limits_is_refused(site, settings, monkeypatch):
    monkeypatch.setattr(web, "LARGEST_SITEMAP", 100_000)
    site.pages["/docs/sitemap.xml"] = (200, "application/gzip", gzip.compress(b"x" * 5_000_000))
    assert "too large" in add(settings, f"{site.url}/docs/", name="m").failed


def test_a_site_without_a_sitemap_says_what_to_do(site, settings):
    assert "sitemap" in add(settings, f"{site.url}/docs/", name="m").failed
    assert "127.0.0.1:9" in add(settings, "http://127.0.0.1:9/docs/", name="m").failed


def test_a_json_address_is_one_file(site, settings):
    rows = [
        {"component": "pilot", "code": 1150, "acronym": "LOOPING", "diagnostics": "Looping", "description": "It stands still."}
    ]
    site.pages["/api/x/?json"] = (200, "application/json", json.dumps({"error_descriptions": rows}))
    report = add(settings, f"{site.url}/api/x/?json", name="monitor-words", url="https://example.org/errors/")
    assert (report.files, report.chunks, report.failed) == (1, 1, "")
    hit = open_store(settings).search("stands still", 1)[0]
    assert (hit.section, hit.url) == ("Error descriptions of the monitor > pilot > 1150 LOOPING", "https://example.org/errors/")


def test_a_sign_in_page_instead_of_json_keeps_what_there_is(site, settings):
    site.pages["/x.json"] = json.dumps([{"title": "A", "body": "Some text", "comments": [{"text": "an answer"}]}])
    add(settings, f"{site.url}/x.json", name="m")
    site.pages["/x.json"] = "<html>Please sign in</html>"
    report = add(settings, f"{site.url}/x.json", name="m")
    assert "instead of JSON" in report.failed
    assert report.chunks == 1
    assert open_store(settings).search("answer", 1)


@pytest.mark.parametrize(
    ("address", "git"),
    [
        ("https://github.com/PanDAWMS/panda-docs", True),
        ("https://example.org/x/y.git", True),
        ("https://gitlab.cern.ch/group/sub/project/", True),
        ("https://panda-wms.readthedocs.io/en/latest/", False),
        ("https://example.org/sitemap.xml", False),
    ],
)
def test_an_address_is_a_repository_or_a_site(address, git, tmp_path):
    assert isinstance(source_for(address, tmp_path), GitSource) is git


def test_known_sources_of_the_web_are_files(tmp_path):
    for name in ("monitor-errors", "cric-queues"):
        assert isinstance(source_for(name, tmp_path), web.WebFileSource)
    with pytest.raises(SourceFailed):
        source_for("https://", tmp_path)

"""The log file browser: its page, its JSON list, the redirect to one file, and the files themselves.

Logs lie in rucio (one tarball) or in an object store, by deployment and queue. Of a folder in S3 the monitor makes addresses
with the place of the files on its own disk in the middle (core/filebrowser/views.py `media_path`, utils.py `get_s3_file`);
those of other stores it does not read at all.
"""

from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, make_response, redirect, render_template, request

from tests.bigpanda.app import world
from tests.bigpanda.casebook import Case
from tests.bigpanda.modes import signed_in, wants_json

pages = Blueprint("filebrowser", __name__)

#: Above this the page refuses a tarball; MB.
TOO_LARGE = 500
#: The monitor sends a printed Python object here, and browsers guess right.
BROKEN_TYPE = "<django.http.response.HttpResponse object at 0x7f1c9c0d2f50>"


def media_folder(case: Case) -> str:
    """Path of the unpacked tarball below the media address, without slashes at the ends."""
    if case.log_store == "s3":
        return f"media/filebrowser/{case.record['computingsite']}/PandaJob_{case.pandaid}"
    tar = next((row for row in case.files if row["type"] == "log"), None)
    word = sha256(str(tar["guid"] if tar else case.pandaid).encode()).hexdigest()[:10]
    scope = tar["scope"] if tar else "panda"
    return f"media/filebrowser/{word}/{scope}/tarball_PandaJob_{case.pandaid}_{case.record['computingsite']}"


def linked_folder(case: Case) -> str:
    """The folder as the monitor's links have it."""
    folder = media_folder(case)
    return f"{folder}//opt/bigmon/core/{folder}" if case.log_store == "s3" else folder


def listing(case: Case) -> list[dict[str, Any]]:
    """Rows of the list. Addresses are plain http even where the page is https, with two slashes before `media`; since
    June 2025 they have no scheme (mode `bare_links`).
    """
    folder = linked_folder(case)
    changed = case.record["modificationtime"]
    return [
        {
            "modification": changed,
            "size": len(case.log(name)),
            "name": name,
            "dirname": "" if case.log_store == "s3" else "/" + folder.split("/")[-1],
            "media_link": f"{'' if 'bare_links' in g.modes else 'http://'}{request.host}//{folder}/{name}",
        }
        for name in case.log_names[:100]
        if "no_log" not in g.modes
    ]


def asked_case() -> Case | None:
    """The job by pandaid, or by the guid or lfn of its tarball."""
    args = request.args
    if "pandaid" in args:
        return world().job(args["pandaid"])
    for key in ("guid", "lfn"):
        if key in args:
            for one in world().cases.values():
                if any(row["type"] == "log" and row[key] == args[key] for row in one.files):
                    return one
    return None


@pages.get("/filebrowser/")
def browser() -> Response | tuple[Response, int]:
    """The page (its list comes later) or the JSON list; `&filename=` redirects to one file."""
    case = asked_case()
    if wants_json():
        return json_answer(case)
    reply = make_response(render_template("filebrowser.html", case=case))
    reply.headers["Content-Type"] = BROKEN_TYPE
    return reply


def json_answer(case: Case | None) -> Response | tuple[Response, int]:
    """What `?pandaid=N&json` gives: {error, files}; a file's redirect; 404 for a file, 400 for a job or a log that is
    not there.
    """
    if case is None or "unknown_job" in g.modes:
        return jsonify(error="Job not found"), 400
    if case.log_store not in ("rucio", "s3"):
        text = f"Something went wrong while the log file downloading: \nCan not load log files using {case.log_store} provider"
        return jsonify(error=text), 400
    if "log_400" in g.modes or case.log_state in ("unregistered", "lost"):
        return jsonify(error="Failed to find log tarball of this job", files=[]), 400
    if "big_tarball" in g.modes or case.log_state == "too_large":
        return jsonify(error="too_big_tarball:The size of requested log is too big (712MB) to download", files=[])
    if "filename" in request.args:
        name = request.args["filename"]
        if name not in case.log_names or "no_log" in g.modes:
            return jsonify(error=f"File {name} not found in log tarball"), 404
        return redirect(f"http{'s' if request.is_secure else ''}://{request.host}//{linked_folder(case)}/{name}", 301)  # type: ignore[return-value]
    return jsonify(error="", files=listing(case))


@pages.get("/filebrowser/list/s3/<int:pandaid>/<queue>/")
def page_call_of_a_store(pandaid: int, queue: str) -> Response | tuple[Response, int]:
    """The same for a folder in an object store."""
    if not signed_in():
        return redirect(f"/login/?next={request.path}")  # type: ignore[return-value]
    case = world().job(pandaid)
    if case is None or case.log_store != "s3" or case.record["computingsite"] != queue:
        return jsonify(error="Not enough params provided to download logs or pandaid does not exist."), 400
    files = listing(case)
    total = sum(row["size"] for row in files) / 1e6
    return jsonify(errors={}, files=files, total_unpacked_size=round(total, 2), media_path="/" + linked_folder(case))


@pages.get("/filebrowser/list/rucio/<guid>/<scope>/<lfn>/")
def page_call(guid: str, scope: str, lfn: str) -> Response | tuple[Response, int]:
    """What the page itself asks: {errors, files, total_unpacked_size (MB), media_path}. Needs the session."""
    if not signed_in():
        return redirect(f"/login/?next={request.path}")  # type: ignore[return-value]
    case = next(
        (one for one in world().cases.values() if any(row["guid"] == guid and row["lfn"] == lfn for row in one.files)), None
    )
    if case is None or "log_400" in g.modes or case.log_state == "lost":
        return jsonify(
            errors={"download": f"{scope}:{lfn} could not be downloaded"}, files=[], total_unpacked_size=0, media_path=""
        )
    files = listing(case)
    total = sum(row["size"] for row in files) / 1e6
    if "big_tarball" in g.modes or case.log_state == "too_large":
        total, files = TOO_LARGE + 212, []
    return jsonify(errors={}, files=files, total_unpacked_size=round(total, 2), media_path="/" + media_folder(case))


@pages.get("/media/filebrowser/<queue>/PandaJob_<int:pandaid>/<path:name>")
@pages.get("//media/filebrowser/<queue>/PandaJob_<int:pandaid>/<path:name>")
def media_of_a_store(queue: str, pandaid: int, name: str) -> Response:
    """The bytes of one log of a folder in an object store."""
    case = world().job(pandaid)
    if case is None or media_folder(case).split("/")[2:] != [queue, f"PandaJob_{pandaid}"] or name not in case.log_names:
        abort(404)
    return _sent(case, name)


@pages.get("/media/filebrowser/<word>/<scope>/<folder>/<path:name>")
@pages.get("//media/filebrowser/<word>/<scope>/<folder>/<path:name>")
def media(word: str, scope: str, folder: str, name: str) -> Response:
    """The bytes of one log as the static server gives them: no nav, type by the name's ending, login not asked."""
    case = world().job(folder.split("_")[2] if folder.count("_") >= 2 else "")
    if case is None or media_folder(case).split("/")[2:] != [word, scope, folder] or name not in case.log_names:
        abort(404)
    return _sent(case, name)


def _sent(case: Case, name: str) -> Response:
    if "login_log" in g.modes:
        return redirect(f"/login/?next={request.path}")  # type: ignore[return-value]
    if "html_log" in g.modes or case.log_state == "html":
        return make_response(render_template("404.html"), 200)
    data = b"" if "empty_log" in g.modes or case.log_state == "empty" else case.log(name)
    # Endings that the web server does not know get no type at all.
    types = {"txt": "text/plain", "json": "application/json", "xml": "text/xml", "sh": "application/x-sh", "log": "text/plain"}
    reply = Response(data)
    ending = name.rsplit(".", 1)[-1]
    if ending in types:
        reply.headers["Content-Type"] = types[ending]
    else:
        del reply.headers["Content-Type"]
    reply.headers["Accept-Ranges"] = "bytes"
    return reply

"""Streams chat completions as OpenAI and Mistral do (`/v1/chat/completions`), as Anthropic does (`/v1/messages`), as
Gemini does (`/v1/models/NAME:streamGenerateContent`) and as Ollama does (`/api/chat`), and makes vectors
(`/v1/embeddings`) by counting words. A path that nobody has is answered with 404.

The last part of the model's name says how it behaves.

`good` streams `Wire.reply`; `401`, `403`, `404`, `500`, `503` answer with that status; `429` with Retry-After;
`429-once` only the first time; `stall` sends two pieces and then nothing; `silent` never answers; `cut` closes the
connection in the middle; `unfinished` ends without a finish reason; `garbage` sends what is no JSON; `endless` does not
stop; `empty` finishes without a word; `slow` sends a word every 50 ms; `html` answers with a page; `tool` calls a tool
that nobody offered instead of speaking; `overloaded` breaks off with an error in the stream (Anthropic, Gemini);
`context` says that the prompt is too long, each provider in its own words; `filter` ends at once with the provider's word for
a refusal; `redirect` points to another server (`Wire.elsewhere`); `drip` says a letter now and then, without an end; `huge`
says everything and much more in one piece; `plain` gives its stream the wrong content type; `split` sends a good answer in
pieces that end within letters; `bytes` sends what is no text.
"""

import json
import re
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Of the vectors that `/v1/embeddings` answers with.
DIMENSIONS = 128
#: Whose form a path is in.
_DIALECTS = {
    "/chat/completions": "openai", "/embeddings": "openai", "/v1/messages": "anthropic", "/api/chat": "ollama",
    ":streamGenerateContent?alt=sse": "gemini",
}  # fmt: skip
_GARBAGE = {
    "openai": "data: {this is no JSON\n\n", "anthropic": "event: content_block_delta\ndata: {this is no JSON\n\n",
    "ollama": "{this is no JSON\n", "gemini": "data: {this is no JSON\r\n\r\n",
}  # fmt: skip
#: What Gemini calls a status (https://ai.google.dev/gemini-api/docs/troubleshooting).
_STATUS = {
    401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL",
    503: "UNAVAILABLE",
}  # fmt: skip
USAGE = {"prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500}
#: Of Gemini's answer the part that it thought: paid as what it said.
THOUGHT = 60


@dataclass
class Wire:
    """What the server was asked and what it shall say. `reply` may be a text or a function of the request's JSON."""

    url: str = ""
    reply: str | Callable[[dict[str, Any]], str] = "A model's words."
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    open_streams: int = 0
    open_models: list[str] = field(default_factory=list)
    abandoned: int = 0
    native_ollama: bool = True  # False: /api/chat is not known here, as on servers that only speak OpenAI's form
    meanings: dict[str, str] = field(default_factory=dict)  # word -> what it means, for vectors
    elsewhere: str = ""  # where `redirect` points
    cached: int = 0  # of the tokens that it is told, those that it says were in its cache
    tokens: Callable[[str, str], int] | None = None  # (model, text) -> tokens, for the usage; None: it is always `USAGE`
    odd: dict[str, Any] | None = None  # what the usage says instead, by `read`, `written` and `cached`; {}: there is none
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point every provider here."""
        return {
            "OPENAI_API_KEY": "test-key", "OPENAI_BASE_URL": f"{self.url}/v1",
            "MISTRAL_API_KEY": "test-key", "MISTRAL_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": self.url,
            "GOOGLE_API_KEY": "test-key", "GOOGLE_GEMINI_BASE_URL": self.url,
            "COMPATIBLE_BASE_URL": f"{self.url}/v1", "OLLAMA_HOST": self.url,
        }  # fmt: skip

    def used(self, body: dict[str, Any], reply: str) -> tuple[int, int]:
        """Tokens of what the model was told and of what it says, as its provider counts them."""
        if self.tokens is None:
            return USAGE["prompt_tokens"], USAGE["completion_tokens"]
        return sum(self.tokens(body["model"], text) for text in told(body)), self.tokens(body["model"], reply)

    def said(self, usage: dict[str, Any], **names: str) -> dict[str, Any] | None:
        """The usage of an answer as this provider names it, with what is to be odd about it."""
        if self.odd is None:
            return usage
        told = {**usage, **{name: self.odd[what] for name, what in names.items() if what in self.odd}}
        return told if self.odd else None

    def vector(self, text: str) -> list[float]:
        """A vector that texts of the same words, or of words of the same meaning, have in common."""
        vector = [0.0] * DIMENSIONS
        for word in re.findall(r"\w+", text.lower()):
            word = self.meanings.get(word, word)
            vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1.0
        return vector

    def prompts(self) -> str:
        """All that ever reached the model, as one text."""
        return "\n".join("\n".join(told(body)) for body in self.requests if "input" not in body)


def told(body: dict[str, Any]) -> tuple[str, str]:
    """What a request tells the model: its instruction, and the question with the evidence, as they were written."""
    if "contents" in body:
        parts = [body.get("systemInstruction", {}).get("parts", []), [p for c in body["contents"] for p in c["parts"]]]
        system, question = ("\n".join(part["text"] for part in one) for one in parts)
        return system, question
    apart = [{"role": "system", "content": body["system"]}] if "system" in body else []
    messages = [*apart, *body["messages"]]
    system, question = (
        "\n".join(_text(one["content"]) for one in messages if (one["role"] == "system") is first) for first in (True, False)
    )
    return system, question


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(part["text"] for part in content)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wire: Wire
    dialect = "openai"
    used = (0, 0)
    split = False

    def log_message(self, *args: Any) -> None:
        """Quiet: what was asked is in `Wire.requests`."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.dialect = next((name for end, name in _DIALECTS.items() if self.path.endswith(end)), "")
        if self.dialect == "gemini":
            body["model"] = self.path.partition("/models/")[2].partition(":")[0]
        with self.wire.lock:
            self.wire.requests.append(body)
            self.wire.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.wire.paths.append(self.path)
            seen = sum(r["model"] == body["model"] for r in self.wire.requests)
        behaviour = body["model"].rpartition("/")[2]
        if not self.dialect or (self.dialect == "ollama" and not self.wire.native_ollama):
            self._plain(404, "404 page not found", "text/plain")
            return
        if behaviour == "429-once":
            behaviour = "429" if seen == 1 else "good"
        if behaviour in ("401", "403", "404", "429", "500", "503"):
            self._plain(int(behaviour), json.dumps(self._error(int(behaviour))), "application/json")
        elif behaviour == "context":
            self._plain(400, json.dumps(self._too_long()), "application/json")
        elif behaviour == "redirect":
            self.send_response(307)
            self.send_header("Location", f"{self.wire.elsewhere}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif behaviour == "html":
            self._plain(200, "<html><body>Welcome</body></html>", "text/html")
        elif self.path.endswith("/embeddings"):
            self._embed(behaviour, body)
        else:
            self._stream(behaviour, body)

    def _error(self, status: int) -> dict[str, Any]:
        if self.dialect != "gemini":
            return {"error": {"message": "no", "type": "x"}, "message": "no"}
        # Google says how long to wait in the body
        wait = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}
        details = [wait] if status == 429 else []
        return {"error": {"code": status, "message": "no", "status": _STATUS[status], "details": details}}

    def _too_long(self) -> dict[str, Any]:
        if self.dialect == "anthropic":
            error = {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}
            return {"type": "error", "error": error}
        if self.dialect == "gemini":
            said = "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576)."
            return {"error": {"code": 400, "message": said, "status": "INVALID_ARGUMENT"}}
        said = "This model's maximum context length is 8192 tokens."
        if self.dialect == "ollama":
            return {"error": "input length exceeds maximum context length"}
        return {"error": {"message": said, "type": "invalid_request_error", "code": "context_length_exceeded"}, "message": said}

    def _plain(self, status: int, text: str, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        if status == 429 and self.dialect != "gemini":
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(text.encode())

    def _embed(self, behaviour: str, body: dict[str, Any]) -> None:
        """`short` answers with one vector too few; any other name with one for each text."""
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        rows = [{"object": "embedding", "index": n, "embedding": self.wire.vector(text)} for n, text in enumerate(texts)]
        if behaviour == "short":
            rows.pop()
        tokens = sum(len(text.split()) for text in texts)
        usage = self.wire.said({"prompt_tokens": tokens, "total_tokens": tokens}, prompt_tokens="read")
        answer = {"object": "list", "data": rows[::-1], "model": body["model"], "usage": usage}
        self._plain(200, json.dumps(answer), "application/json")

    def _stream(self, behaviour: str, body: dict[str, Any]) -> None:
        with self.wire.lock:
            self.wire.open_streams += 1
            self.wire.open_models.append(body["model"])
        try:
            if behaviour == "silent":
                self._wait()
                return
            self.send_response(200)
            kind = "application/x-ndjson" if self.dialect == "ollama" else "text/event-stream"
            self.send_header("Content-Type", "text/plain" if behaviour == "plain" else kind)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._speak(behaviour, body)
        except OSError:
            with self.wire.lock:
                self.wire.abandoned += 1
        finally:
            self.close_connection = True
            with self.wire.lock:
                self.wire.open_streams -= 1
                self.wire.open_models.remove(body["model"])

    def _speak(self, behaviour: str, body: dict[str, Any]) -> None:
        if behaviour == "endless":
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                self._delta(body, "and so on and so forth it goes. " * 20)
                time.sleep(0.001)
            return
        reply = self.wire.reply(body) if callable(self.wire.reply) else self.wire.reply
        pieces = [] if behaviour in ("empty", "tool", "filter") else [reply[i : i + 7] for i in range(0, len(reply), 7)]
        if behaviour == "huge":
            pieces = [reply + "and so on and so forth it goes. " * 20_000]
        self.split = behaviour == "split"
        self.used = self.wire.used(body, "".join(pieces))
        self._begin(body)
        if behaviour == "drip":
            for _ in range(600):
                self._delta(body, "x")
                time.sleep(0.2)
            return
        if behaviour == "bytes":
            self._raw(b"\xff\xfe\x00\x80 no text\n\n" * 4)
            return
        if behaviour == "tool":
            self._tool(body)
        for number, piece in enumerate(pieces):
            if number == 2 and behaviour == "stall":
                self._wait()
                return
            if number == len(pieces) // 2 and behaviour == "cut":
                self.connection.close()
                return
            if number == len(pieces) // 2 and behaviour == "overloaded":
                if self.dialect == "gemini":
                    self._chunk(f"data: {json.dumps(self._error(503))}\r\n\r\n")
                    return
                self._named({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
                return
            if number == len(pieces) // 2 and behaviour == "garbage":
                self._chunk(_GARBAGE[self.dialect])
            self._delta(body, piece)
            if behaviour == "slow":
                time.sleep(0.05)
        if behaviour == "unfinished":
            self._chunk("")
            return
        self._end(body, {"tool": "tool_calls", "filter": "content_filter"}.get(behaviour, "stop"))
        self._chunk("")

    def _wait(self) -> None:
        """Says nothing until the other side has gone, at most a minute."""
        self.connection.settimeout(0.2)
        for _ in range(300):
            try:
                if not self.connection.recv(1):
                    raise ConnectionResetError
            except TimeoutError:
                continue

    def _head(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}

    def _begin(self, body: dict[str, Any]) -> None:
        if self.dialect == "openai":
            self._delta(body, "")
        elif self.dialect == "anthropic":
            cached = self.wire.cached
            usage = {"input_tokens": self.used[0] - cached, "cache_read_input_tokens": cached, "output_tokens": 1}
            told = self.wire.said(
                usage, input_tokens="read", cache_read_input_tokens="cached", cache_creation_input_tokens="stored"
            )
            message = {"id": "m1", "type": "message", "role": "assistant", "model": body["model"], "content": []}
            self._named({"type": "message_start", "message": {**message, "usage": told, "stop_reason": None}})
            self._named({"type": "ping"})
            self._named({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})

    def _delta(self, body: dict[str, Any], text: str, finish: str | None = None) -> None:
        if self.dialect == "anthropic":
            delta = {"type": "text_delta", "text": text}
            self._named({"type": "content_block_delta", "index": 0, "delta": delta})
        elif self.dialect == "ollama":
            self._line({**self._answer(body), "message": {"role": "assistant", "content": text}, "done": False})
        elif self.dialect == "gemini":
            self._content(body, [{"text": text}])
        else:
            choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
            self._event({**self._head(body), "choices": [choice]})

    def _tool(self, body: dict[str, Any]) -> None:
        function = {"name": "kill_job", "arguments": {"pandaid": 1}}
        if self.dialect == "anthropic":
            self._named({"type": "content_block_stop", "index": 0})
            block = {"type": "tool_use", "id": "t1", "name": "kill_job", "input": {}}
            self._named({"type": "content_block_start", "index": 1, "content_block": block})
            delta = {"type": "input_json_delta", "partial_json": '{"pandaid": 1}'}
            self._named({"type": "content_block_delta", "index": 1, "delta": delta})
        elif self.dialect == "ollama":
            message = {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}
            self._line({**self._answer(body), "message": message, "done": False})
        elif self.dialect == "gemini":
            self._content(body, [{"functionCall": {"name": "kill_job", "args": {"pandaid": 1}}}])
        else:
            call = {"index": 0, "id": "t1", "type": "function", "function": {**function, "arguments": '{"pandaid": 1}'}}
            choice = {"index": 0, "delta": {"role": "assistant", "content": None, "tool_calls": [call]}, "finish_reason": None}
            self._event({**self._head(body), "choices": [choice]})

    def _end(self, body: dict[str, Any], finish: str) -> None:
        if self.dialect == "anthropic":
            self._named({"type": "content_block_stop", "index": int(finish == "tool_calls")})
            reason = {"stop": "end_turn", "content_filter": "refusal"}.get(finish, "tool_use")
            usage = self.wire.said({"output_tokens": self.used[1]}, output_tokens="written")
            self._named({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage})
            self._named({"type": "message_stop"})
        elif self.dialect == "ollama":
            counts = self.wire.said(
                {"prompt_eval_count": self.used[0], "eval_count": self.used[1]}, prompt_eval_count="read", eval_count="written"
            )
            times = {"total_duration": 1, "load_duration": 1, "prompt_eval_duration": 1, "eval_duration": 1}
            end = {"done": True, "done_reason": "stop", **(counts or {}), **times}
            self._line({**self._answer(body), "message": {"role": "assistant", "content": ""}, **end})
        elif self.dialect == "gemini":
            self._content(body, [{"text": ""}], finishReason="SAFETY" if finish == "content_filter" else "STOP")
        else:
            self._delta(body, "", finish=finish)
            self._event({**self._head(body), "choices": [], "usage": self._openai_usage()})
            self._chunk("data: [DONE]\n\n")

    def _content(self, body: dict[str, Any], parts: list[dict[str, Any]], **end: str) -> None:
        candidate = {"content": {"parts": parts, "role": "model"}, "index": 0, **end}
        usage = {"promptTokenCount": self.used[0], "cachedContentTokenCount": self.wire.cached}
        if end:  # what it thought is beside what it said, and paid alike
            thought = min(THOUGHT, self.used[1]) if self.wire.tokens is None else 0
            counts = {"candidatesTokenCount": self.used[1] - thought, "thoughtsTokenCount": thought}
            usage = {**usage, **counts, "totalTokenCount": sum(self.used)}
        told = self.wire.said(usage, promptTokenCount="read", candidatesTokenCount="written", cachedContentTokenCount="cached")
        data = {"candidates": [candidate], "usageMetadata": told, "modelVersion": body["model"], "responseId": "r1"}
        self._chunk(f"data: {json.dumps(data, ensure_ascii=False)}\r\n\r\n")

    def _openai_usage(self) -> dict[str, Any] | None:
        read, written = self.used
        usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        cached = self.wire.cached if self.wire.odd is None else self.wire.odd.get("cached", self.wire.cached)
        details = {"prompt_tokens_details": {"cached_tokens": cached}}
        return self.wire.said({**usage, **details}, prompt_tokens="read", completion_tokens="written")

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"model": body["model"], "created_at": "2026-11-28T10:00:00.000000Z"}

    def _line(self, data: dict[str, Any]) -> None:
        self._chunk(f"{json.dumps(data, ensure_ascii=False)}\n")

    def _named(self, data: dict[str, Any]) -> None:
        self._chunk(f"event: {data['type']}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n")

    def _event(self, data: dict[str, Any]) -> None:
        self._chunk(f"data: {json.dumps(data, ensure_ascii=False)}\n\n")

    def _chunk(self, text: str) -> None:
        raw = text.encode()
        at = next((i for i, byte in enumerate(raw) if byte & 0xC0 == 0x80), 0) if self.split else 0
        if at:  # in the middle of a letter
            self._raw(raw[:at])
            time.sleep(0.01)
            raw = raw[at:]
        self._raw(raw)

    def _raw(self, raw: bytes) -> None:
        self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
        self.wfile.flush()


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, *args: Any) -> None:
        """A reader that goes away is what many tests do."""


@contextmanager
def running_wire(reply: str | Callable[[dict[str, Any]], str] = "A model's words.") -> Iterator[Wire]:
    """A model server on a free port of 127.0.0.1."""
    wire = Wire(reply=reply)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"wire": wire}))
    wire.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)

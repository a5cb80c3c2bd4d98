"""Secrets are cut on the way in, in place: the text around them and every line number stay.

Patterns run on google-re2, whose time is linear in the text: with the standard library's `re` a hostile page of 60 KB
held a worker for 86 seconds. They work on bytes, because a log has no encoding that could be relied on.
What only looks like a secret (checksums, GUIDs, dataset names, ids, paths to a proxy) must stay: it is evidence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import re2

CUT = b"[cut]"

#: Longest line that is looked at whole; a longer one is handled in pieces, cut where there is white space.
LINE_LIMIT = 1 << 20
OVERLAP = 8192
#: How much of a value its judge reads.
JUDGED = 256
#: A PEM block of a proxy chain has about 30 lines a certificate; an opened block never swallows more than this.
PEM_LINES = 400

_PROSE = frozenset(
    b"none null nil true false yes no required expired invalid missing incorrect wrong not is are was for has had must cannot "
    b"failed authentication protected prompt and or the file a an in on of to from with by at it empty set unset found "
    b"cut hidden changed accepted rejected bearer basic digest negotiate".split()
)
#: A line with more words that name a secret and hold none was made to cost time; what follows in it is cut unread.
HARMLESS_LIMIT = 64


def _is_reference(value: bytes) -> bool:
    """A path, a variable, a placeholder: names where a secret is, is none."""
    return value[:1] in b"/$~<{[*.%" or value.startswith((b"file:", b"xxx", b"XXX", b"...")) or set(value) <= set(b"*xX.-_")


_CALL = re2.compile(rb"^[A-Za-z_][A-Za-z0-9_.]*[(\[]$")  # kwargs.get('password'): a traceback shows code


def _worded(value: bytes) -> bool:
    if _CALL.search(value):
        return False
    return not _is_reference(value) and value.lower().strip(b".,:;!?()") not in _PROSE


def _random(value: bytes) -> bool:
    """Long and mixed enough that nobody typed it as a word: a token rather than a token's name."""
    if len(value) < 12 or _is_reference(value):
        return False
    digits = sum(48 <= c <= 57 for c in value)
    lower = any(97 <= c <= 122 for c in value)
    upper = any(65 <= c <= 90 for c in value)
    return (digits >= 2 and (lower or upper)) or (lower and upper and len(value) >= 24)


def _phrase(value: bytes) -> bool:
    """A quoted value, which may hold blanks: a secret unless it begins like a sentence about one."""
    return _worded(value.split(b" ", 1)[0])


def _mixed(value: bytes) -> bool:
    """No plain word, where the text before it is prose: `the password is wrong`."""
    word = value.strip(b".,:;!?()")
    camel = word[1:].lower() != word[1:] and word.upper() != word
    return len(value) >= 6 and _worded(value) and (camel or not word.isalpha())


def _packed(value: bytes) -> bool:
    """Base64 where no path is expected: it may begin with a slash."""
    return _random(value.lstrip(b"/"))


def _always(_: bytes) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _Rule:
    """`pattern` has exactly one capturing group, the secret; `judge` decides whether what was caught is one."""

    pattern: str
    judge: Callable[[bytes], bool] = _always


_SEPARATOR = r"""\\?["']?[ \t]*(?:=>|[:=])[ \t]*(?:[bu]?\\?["'])?"""
# at most three "=" inside: a value without end would be read again for every name in it
_VALUE = r"""([^\s"',;&\\=]{4,}(?:=[^\s"',;&\\=]*){0,3})"""
# no word boundary before: PGPASSWORD, keyStorePassword
_PASSWORDS = (
    r"(?:password|pass[ _-]?phrase|passwd|pwd|client[_-]?secret|secret[_-]?(?:access[_-]?)?key|secret|private[_-]?key"
    r"|passwort|kennwort|mot de passe|contrase.{1,2}a)"
)
_TOKENS = (
    r"(?:api[_-]?key|access[_-]?key(?:[_-]?id)?|(?:auth|access|refresh|id|session|bearer|security|oidc|job|pilot|harvester)"
    r"[_-]?token|token|credentials?|panda_auth[a-z_]*|auth[_-]?key)"
)

_RULES: tuple[_Rule, ...] = (
    _Rule(
        r"(?i:\b(?:proxy-)?authorization\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?(?:(?:bearer|basic|token|digest|negotiate)[ \t]+)?)"
        r"([^\s\"',\\=:]{6,}=?=?)",
        _worded,
    ),
    _Rule(r"(?i:\bbearer[ \t]+)([A-Za-z0-9\-._~+/=]{12,})", _random),
    _Rule(r"\b(eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?)"),
    _Rule(
        r"\b((?:sk|pk|rk)-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}|AIza[0-9A-Za-z_-]{30,}|gh[pousr]_[A-Za-z0-9]{20,}"
        r"|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|hf_[A-Za-z0-9]{20,}"
        r"|ya29\.[A-Za-z0-9_-]{20,})",
        _random,
    ),
    # a macaroon begins with the length of its first packet, 00 and two digits, in base64
    _Rule(r"\b((?:AKIA|ASIA)[0-9A-Z]{16}|MDA[0-9w-z][A-Za-z0-9+/_-]{60,})"),
    _Rule(r"(?i:\b(?:set-)?cookie\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?)([A-Za-z0-9_.-]+=[^\r\n\"']{3,})"),
    _Rule(
        r"(?i:\b(?:bpsessionid|sessionid|csrftoken|csrfmiddlewaretoken|phpsessid|jsessionid)" + _SEPARATOR + ")" + _VALUE,
        _worded,
    ),
    _Rule(r"(?i:\b[a-z][a-z0-9+.\-]{1,20}://)([^\s/:@\"'<>]+:[^\s/\"'<>]+)@"),
    _Rule(
        r"(?i:[?&;](?:x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|x-goog-credential|signature|sig"
        r"|awsaccesskeyid|googleaccessid|authz|access_token|id_token|refresh_token|client_secret|password)=)([^\s&\"'<>;]{4,})"
    ),
    _Rule(r"(?i:[?&;](?:token|auth|key|api_?key|code|secret|state)=)([^\s&\"'<>;?=]{16,}=?=?)", _random),
    _Rule(r"(?i:\bx-rucio-auth-token\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?)([^\r\n\"',]{6,})"),
    # the pilot prints a job's secrets as a dictionary or as the JSON text of one
    _Rule(r"(?i:\b(?:panda_?|job_?)?secrets\\?[\"']?[ \t]*[:=][ \t]*[bu]?\\?[\"']?)(\{[^\r\n}]{2,}\})"),
    _Rule(
        r"(?i:(?:^|[\s\"'])--?(?:[a-z0-9]+-)*(?:password|passwd|passphrase|pwd|secret|secret-key)[= \t]+[\"']?)"
        r"([^\s\"'=-][^\s\"'=]{3,}=?=?)",
        _worded,
    ),
    _Rule(
        r"(?i:\b(?:curl|wget)\b[^\r\n|;&]*[ \t](?:-u|--user|--proxy-user)[ \t=]*[\"']?)"
        r"([^\s:\"'=-][^\s:\"']*:[^\s\"'/][^\s\"']+)",
    ),
    _Rule(r"(?i:\bsshpass[ \t]+-p[ \t]*[\"']?)([^\s\"']{3,})", _worded),
    _Rule(r"(?i:\bmysql(?:dump|admin)?\b[^\r\n|;&]*[ \t]-p)([^\s\"']{3,})", _worded),
    _Rule(r"(?i:\blogin[ \t]+[^\s]+[ \t]+password[ \t]+)([^\s]{3,})", _worded),
    _Rule(r"(?i:<[a-z0-9_:.-]*(?:password|passwd|passphrase|secret|token)>)([^<\r\n]{4,})<", _mixed),
    _Rule(r"(?i:\"auth\\?\"[ \t]*:[ \t]*\\?\")([A-Za-z0-9+/=_-]{16,})", _packed),
    # in prose: my password is hunter2
    _Rule(
        r"(?i:" + _PASSWORDS + r"[ \t]+(?:is|was|ist|est)(?:[ \t]*:)?[ \t]+[\"'`]?)([^\s\"'`]{6,})",
        _mixed,
    ),
    _Rule(r"(?i:\b(?:token|api[ _-]?key)[ \t]+(?:is|was)(?:[ \t]*:)?[ \t]+[\"'`]?)([^\s\"'`]{12,})", _random),
    _Rule(r"(?i:" + _PASSWORDS + r"""\\?["']?[ \t]*(?:=>|[:=])[ \t]*[bu]?\\?")([^"\\\r\n]{4,})""" + r"\\?\"", _phrase),
    _Rule(r"(?i:" + _PASSWORDS + r"""\\?["']?[ \t]*(?:=>|[:=])[ \t]*[bu]?')([^'\\\r\n]{4,})""" + r"'", _phrase),
    _Rule(r"(?i:--(?:[a-z0-9]+-)*(?:token|api-key|access-key)[= \t]+[\"']?)([^\s\"'=-][^\s\"'=]{3,}=?=?)", _random),
    _Rule(r"(?i:" + _PASSWORDS + _SEPARATOR + ")" + _VALUE, _worded),
    _Rule(r"(?i:\b(?:[a-z0-9]+[_-])*" + _TOKENS + _SEPARATOR + ")" + _VALUE, _random),
)


def _compile(pattern: str) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 64 << 20
    options.log_errors = False
    return re2.compile(pattern.encode("latin-1"), options)


_ANY = _compile("|".join(rule.pattern for rule in _RULES))
#: A job's own secrets, where they come as an object rather than as its text.
_HELD_SECRETS = _compile(r"^(?i:(?:panda_?|job_?)?secrets)$")
_PEM_NAME = r"[A-Z0-9 ]{0,40}(?:PRIVATE KEY|CERTIFICATE|PGP MESSAGE)[A-Z0-9 ]{0,20}"
_PEM_BEGIN = _compile(rf"-----BEGIN {_PEM_NAME}-----")
_PEM_INLINE = _compile(rf"-----BEGIN {_PEM_NAME}-----([^\r\n-]{{16,}})(?:-----END|$)")
_PEM_TAIL = _compile(r"[ \t|>#:]([A-Za-z0-9+/]{40,120}={0,2})[ \t\r]*$")
_PEM_BODY = _compile(r"^[ \t>|#]*(?:[A-Za-z0-9+/=]{1,120}|(?:Proc-Type|DEK-Info): [^\r\n]*)?[ \t\r]*$")


def _cut_matches(text: bytes) -> bytes:
    """`text` without its secrets. A rule whose match turns out harmless does not hide a secret that follows it."""
    pieces: list[bytes] = []
    done = at = 0
    harmless = line_end = 0
    while (match := _ANY.search(text, at)) is not None:
        start, end = match.span(match.lastindex)
        if start > line_end:
            harmless, line_end = 0, _end_of_line(text, start)
        if harmless > HARMLESS_LIMIT or _RULES[match.lastindex - 1].judge(text[start : min(end, start + JUDGED)]):
            pieces += (text[done:start], CUT)
            done = at = end
        else:
            harmless += 1
            at = max(start, match.start() + 1)
    if not pieces:
        return text
    pieces.append(text[done:])
    return b"".join(pieces)


def _end_of_line(text: bytes, at: int) -> int:
    end = text.find(b"\n", at)
    return len(text) if end < 0 else end


class SecretCutter:
    """Cuts secrets out of a stream of bytes of any size in bounded memory.

    >>> cutter = SecretCutter()
    >>> cutter.feed(b"password=hunter2 and") + cutter.finish()
    b'password=[cut] and'
    """

    def __init__(self) -> None:
        self._rest = b""
        self._pem_lines = 0
        self._pem_column = 0  # where the block began in its line: a log prints it behind time and level

    def feed(self, data: bytes) -> bytes:
        """The next piece, as far as it is certain; the rest comes with the following call."""
        data = self._rest + data
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) > LINE_LIMIT:
            cut = _safe_break(data, len(data) - OVERLAP)
        self._rest = data[cut:]
        return self._cut(data[:cut])

    def finish(self) -> bytes:
        """What is left when the stream has ended."""
        rest, self._rest = self._rest, b""
        return self._cut(rest)

    def _cut(self, block: bytes) -> bytes:
        if not block:
            return block
        if self._pem_lines or b"-----BEGIN " in block:
            block = self._cut_pem(block)
        return _cut_matches(block)

    def _cut_pem(self, block: bytes) -> bytes:
        lines = block.split(b"\n")
        for i, line in enumerate(lines):
            if self._pem_lines:
                column = None if b"-----END" in line or self._pem_lines > PEM_LINES else self._body_of_pem(line)
                if column is None:
                    self._pem_lines = 0
                elif line.strip():
                    lines[i] = line[:column] + CUT + (b"\r" if line.endswith(b"\r") else b"")
                    self._pem_lines += 1
                if self._pem_lines:
                    continue
            if (inline := _PEM_INLINE.search(line)) is not None:
                lines[i] = line[: inline.start(1)] + CUT + line[inline.end(1) :]
            elif (begin := _PEM_BEGIN.search(line)) is not None and b"-----END" not in line[begin.end() :]:
                self._pem_lines = 1
                self._pem_column = begin.start()
        return b"\n".join(lines)

    def _body_of_pem(self, line: bytes) -> int | None:
        """Where the block's text begins in a line behind its first one; None where the block has ended."""
        if _PEM_BODY.search(line):
            return 0
        tail = _PEM_TAIL.search(line)
        if tail is not None:
            return int(tail.start(1))
        column = self._pem_column
        return column if column and len(line) > column and _PEM_BODY.search(line[column:]) else None


def _safe_break(data: bytes, near: int) -> int:
    """A place at or before `near` where no secret can be cut in two: after white space, if there is any."""
    for at in range(near, max(near - OVERLAP, 0), -1):
        if data[at - 1 : at] in (b" ", b"\t", b"\r"):
            return at
    return near


def cut_secrets(text: str) -> str:
    """`text` without its secrets, line for line.

    >>> cut_secrets("Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln")
    'Authorization: Bearer [cut]'
    """
    cutter = SecretCutter()
    raw = text.encode("utf-8", "surrogatepass")
    return (cutter.feed(raw) + cutter.finish()).decode("utf-8", "surrogatepass")


def cut_secrets_deep(value: Any) -> Any:
    """The same for JSON: every text in it, keys too; a value whose key says password, secret or token is judged by its key."""
    if isinstance(value, str):
        return cut_secrets(value)
    if isinstance(value, list):
        return [cut_secrets_deep(item) for item in value]
    if isinstance(value, dict):
        return {cut_secrets(key) if isinstance(key, str) else key: _cut_item(key, item) for key, item in value.items()}
    return value


def _cut_item(key: object, item: Any) -> Any:
    if isinstance(key, str) and isinstance(item, dict | list) and item and _HELD_SECRETS.search(key.encode()):
        return CUT.decode()
    if isinstance(key, str) and isinstance(item, str) and len(item) < 8192:
        line = f"{key}={item.partition(chr(10))[0]}"
        if key and "=" not in key and cut_secrets(line) == f"{key}={CUT.decode()}":
            return CUT.decode()
    return cut_secrets_deep(item)

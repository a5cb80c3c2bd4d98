"""Who may ask: tokens and the one-time codes that an extension gets one for. Only hashes are kept.

A token is 256 random bits, so that a plain SHA-256 of it cannot be searched. A pairing code has 40 bits and lives for two
minutes: it is safe by its few tries, not by its hash.
"""

import hashlib
import os
import secrets
import time
from pathlib import Path

from sqlalchemy import delete, insert, select, update

from askpanda.database.engine import Database
from askpanda.database.tables import pairing_codes, tokens
from askpanda.errors import Forbidden

LOCAL = "local"
CODE_LENGTH = 8
CODE_SECONDS = 120
CODE_TRIES = 5
#: No 0 and O, no 1, I and L: people read the code from one window and type it into another.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode("utf-8", "surrogateescape")).hexdigest()


def create(database: Database, owner: str, name: str = "") -> str:
    """A new token of `owner`. This is the only time that it can be read."""
    token = secrets.token_urlsafe(32)
    _keep(database, token, owner, name)
    return token


def _keep(database: Database, token: str, owner: str, name: str) -> None:
    with database.write() as connection:
        connection.execute(insert(tokens).values(hash=_hash(token), owner=owner, name=name, created=time.time()))


def owner_of(database: Database, token: str) -> str | None:
    with database.read() as connection:
        return connection.execute(select(tokens.c.owner).where(tokens.c.hash == _hash(token))).scalar()


def ensure_local(database: Database) -> Path:
    """The file with the token of owner `local`, made on the first start and readable by its user alone.

    A file that outlived its database (or came from a backup) stays valid: it is the user's own.
    """
    file = database.state_dir / "token"
    try:
        token = file.read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        token = ""
    if len(token) < 43:
        token = secrets.token_urlsafe(32)
        fresh = file.with_name(f"token.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(token + "\n")
        fresh.replace(file)
    if owner_of(database, token) is None:
        _keep(database, token, LOCAL, "first start")
    return file


def offer_code(database: Database, owner: str) -> str:
    """A new pairing code for `owner`; older codes of the same owner end."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    with database.write() as connection:
        connection.execute(delete(pairing_codes).where(pairing_codes.c.owner == owner))
        connection.execute(
            insert(pairing_codes).values(hash=_hash(code), owner=owner, expires=time.time() + CODE_SECONDS, tries=CODE_TRIES)
        )
    return code


def redeem(database: Database, code: str, name: str) -> tuple[str, str]:
    """(token, owner) for a code, once. A wrong code costs every open code one of its tries; raises `Forbidden`."""
    digest = _hash(code.strip().replace("-", "").replace(" ", "").upper())
    now = time.time()
    token = secrets.token_urlsafe(32)
    with database.write() as connection:
        connection.execute(delete(pairing_codes).where((pairing_codes.c.expires < now) | (pairing_codes.c.tries <= 0)))
        owner = connection.execute(
            delete(pairing_codes).where(pairing_codes.c.hash == digest).returning(pairing_codes.c.owner)
        ).scalar()
        if owner is None:
            connection.execute(update(pairing_codes).values(tries=pairing_codes.c.tries - 1))
        else:
            connection.execute(insert(tokens).values(hash=_hash(token), owner=owner, name=name, created=now))
    if owner is None:
        raise Forbidden("This pairing code is wrong, used or older than two minutes: run `askpanda pair` for a new one.")
    return token, owner

"""What is deleted is in no file any more."""

from pathlib import Path

from askpanda.database import Database, answers, conversations, uploads
from askpanda.database.answers import Stored
from askpanda.settings import Settings

MARKED = "quarzkristallzerfall"


def holding(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and MARKED.encode() in path.read_bytes())


def test_a_conversations_text_is_overwritten_and_its_uploads_go_with_it(tmp_path: Path) -> None:
    database = Database(Settings(state_dir=tmp_path))
    database.upgrade()
    log = tmp_path / "log.part"
    log.write_text(f"{MARKED}\n")
    upload = uploads.keep(database, "me", "pilotlog.txt", log, 10, 1, 3600)
    request = f'{{"context": {{"selection": "{MARKED}", "logs": [{{"name": "pilotlog.txt", "upload": "{upload.id}"}}]}}}}'
    begun = answers.begin(database, "me", f"why {MARKED}?", request)
    stored = [Stored(n, "token", f'"{MARKED} {"x" * 3000}"') for n in range(1, 30)]
    answers.finish(database, "me", begun.message_id, stored, "needs", kept=MARKED * 200, said=MARKED)
    assert upload.id in holding(tmp_path)
    assert len(holding(tmp_path)) > 1
    conversations.remove(database, "me", begun.conversation_id)
    assert holding(tmp_path) == []
    assert uploads.open_upload(database, "me", upload.id) is None
    database.close()

"""Commands about what the backend keeps: tokens, pairing, usage, old records, questions without good documents."""

import click

from askpanda.cli.ground import as_json_option, json_out, open_database, read_settings


@click.group()
def token() -> None:
    """Tokens for programs that call the backend."""


@token.command("create")
@click.argument("owner")
def token_create(owner: str) -> None:
    """Make a token for OWNER and print it, once."""
    from askpanda.database import tokens

    click.echo(f"Token of {owner}: {tokens.create(open_database(read_settings()), _owner(owner), 'command line')}")


@click.command()
@click.option("--as", "owner", help="whose questions the paired browser asks; default: local")
def pair(owner: str | None) -> None:
    """Print a one-time code for the extension."""
    from askpanda.database import tokens

    code = tokens.offer_code(open_database(read_settings()), _owner(owner or tokens.LOCAL))
    click.echo(f"Pairing code, good once within two minutes: {code}")


def _owner(word: str) -> str:
    if not word.strip() or len(word) > 128 or not word.isprintable():
        raise click.UsageError("an owner is a name of 1 to 128 printable characters.")
    return word.strip()


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@click.option("--answers", is_flag=True, help="what each of the last answers cost, where it is still kept")
@as_json_option
def usage(days: int, answers: bool, as_json: bool) -> None:
    """Show model calls, tokens and cost by day, model and purpose, or by answer."""
    from askpanda.database import usage as records
    from askpanda.terminal import show_answers_cost, show_usage

    database = open_database(read_settings())
    if answers:
        found = records.by_answer(database, days)
        json_out({"answers": found}) if as_json else show_answers_cost(found, days)
        return
    rows = records.by_purpose(database, days)
    json_out({"usage": records.by_day(database, days), "purposes": rows}) if as_json else show_usage(rows, days)


@click.command()
@click.option("--days", type=click.FloatRange(0), help="remove what nobody used for this long; default: the setting")
def purge(days: float | None) -> None:
    """Remove old conversations, expired uploads, kept words, and what is remembered of jobs that ended long ago."""
    from askpanda.database import conversations, limits, uploads, verdicts, wordings
    from askpanda.stores import gaps

    settings = read_settings()
    database = open_database(settings)
    old = conversations.remove_older(database, settings.conversation_keep_days if days is None else days)
    expired = uploads.remove_expired(database)
    limits.remove_expired(database)
    jobs = verdicts.remove_older(database, settings.verdict_keep_days if days is None else days)
    wordings.remove_older(database, settings.wording_keep_days if days is None else min(days, settings.wording_keep_days))
    questions = gaps.remove_older(settings, settings.conversation_keep_days if days is None else days)
    database.scrub()
    click.echo(
        f"Removed: {old} conversations, {expired} uploads, the verdicts of {jobs} jobs, {questions} unanswered questions."
    )


@click.command()
@click.option("--days", type=click.IntRange(1), help="how far to look back")
@as_json_option
@click.option("--forget", is_flag=True, help="remove the questions, once the documents have been improved")
def gaps(days: int | None, as_json: bool, forget: bool) -> None:
    """Questions that the documents did not answer well, those asked most first."""
    from dataclasses import asdict

    from askpanda.stores import gaps as kept

    settings = read_settings()
    if forget:
        click.echo(f"Removed: {kept.forget(settings)} questions.")
        return
    found = kept.gaps(settings, days)
    if as_json:
        json_out([asdict(gap) for gap in found])
        return
    if not found:
        click.echo("Every question of that time found something.")
    for gap in found:
        click.echo(f"{gap.count:>4}  {gap.last}  {gap.covered:>4.0%}  {gap.question}")

"""Greetings and refusals."""

import re

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.rules import concepts_in
from askpanda.pipeline.routing.text import fold
from askpanda.schema.answer import FollowUp, Sections

HOUSE_SENTENCE = "I can't assist you with that, sorry!"

_GREETING = (
    "Hello! I am Ask PanDA. I explain what happened to PanDA jobs and tasks{whose}, what error codes mean, and how to use "
    "PanDA. Ask about a job or task by its number, about an error such as `pilot 1305`, or about how something works."
)
_THANKS = "You are welcome. If anything else about PanDA comes up, just ask."

_BYE = "Goodbye! Ask again whenever something about PanDA comes up."
_WHAT_AM_I = re.compile(r"\b(?:bot|robot|human|real person|a person|machine|an? ai|chat ?gpt|roboter|humain|mensch|humano)\b")


def refusal(brief: Brief) -> Words:
    """Off topic, and orders to be somebody else: one sentence, nothing looked up."""
    return Words(sections=Sections(description=HOUSE_SENTENCE), status="refused", verbatim=True)


def smalltalk(brief: Brief) -> Words:
    said = brief.turn.question.lower()
    thanks = any(word in said for word in ("thank", "merci", "danke", "gracias", "thx", "cheers"))
    greeting = _GREETING.format(whose=brief.experiment.greeting)
    if _WHAT_AM_I.search(said):
        greeting = f"A program, not a person. {greeting.removeprefix('Hello! ')}"
    elif not thanks and "bye" in concepts_in(fold(said)):
        greeting = _BYE
    offers = [
        FollowUp(question="What is PanDA?", why="An overview of the system"),
        FollowUp(question="What does pilot 1305 mean?", why="Any error code can be looked up"),
    ]
    page = brief.turn.request.context
    if page.pandaid:
        question = (
            f"Why did job {page.pandaid} fail?"
            if (page.errors or page.status == "failed")
            else f"What is going on with job {page.pandaid}?"
        )
        offers.insert(0, FollowUp(question=question, why="The job of this page"))
    elif page.jeditaskid:
        offers.insert(0, FollowUp(question=f"What is happening with task {page.jeditaskid}?", why="The task of this page"))
    return Words(
        sections=Sections(description=_THANKS if thanks else greeting),
        follow_ups=offers,
        verbatim=True,
    )

"""Greetings and refusals."""

from askpanda.pipeline.parcels import Brief, Words
from askpanda.schema.answer import FollowUp, Sections

HOUSE_SENTENCE = "I can't assist you with that, sorry!"

_GREETING = (
    "Hello! I am Ask PanDA. I explain what happened to PanDA jobs and tasks{whose}, what error codes mean, and how to use "
    "PanDA. Ask about a job or task by its number, about an error such as `pilot 1305`, or about how something works."
)
_THANKS = "You are welcome. If anything else about PanDA comes up, just ask."


def refusal(brief: Brief) -> Words:
    """Off topic, and orders to be somebody else: one sentence, nothing looked up."""
    return Words(sections=Sections(description=HOUSE_SENTENCE), status="refused", verbatim=True)


def smalltalk(brief: Brief) -> Words:
    said = brief.turn.question.lower()
    thanks = any(word in said for word in ("thank", "merci", "danke", "gracias", "thx", "bye", "cheers"))
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
        sections=Sections(description=_THANKS if thanks else _GREETING.format(whose=brief.experiment.greeting)),
        follow_ups=offers,
        verbatim=True,
    )

"""What `/openapi.json` says of a route. spectree describes only: it would read streams to their end."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from pydantic import BaseModel
from spectree import Response as Replies
from spectree import SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData

from askpanda import __version__

P = ParamSpec("P")
R = TypeVar("R")


class Problem(BaseModel):
    """What every error says: `code` for programs, `message` for people, `request_id` for whoever reads the log."""

    code: str
    message: str
    details: Any = None
    request_id: str


class ErrorReply(BaseModel):
    error: Problem


tree = SpecTree(
    "flask",
    annotations=False,
    mode="strict",
    title="Ask PanDA",
    version=__version__,
    validation_error_model=ErrorReply,
    validation_error_status=400,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _parent, child: child,
    security_schemes=[SecurityScheme(name="token", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))],
    security={"token": []},
)


def described(
    *,
    json: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    replies: dict[int, type[BaseModel]] | None = None,
    errors: tuple[int, ...] = (400, 401, 403),
    tags: list[str] | None = None,
    public: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Put a route into the description; the first line of its docstring becomes the summary. The view itself stays as it is."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        models: dict[str, Any] = {f"HTTP_{status}": ErrorReply for status in errors}
        models |= {f"HTTP_{status}": model for status, model in (replies or {}).items()}
        seen = tree.validate(
            json=json,
            query=query,
            resp=Replies(**models),
            tags=tags or [],
            security={} if public else {"token": []},
            skip_validation=True,
        )(view)

        @wraps(view)
        def plain(*args: P.args, **kwargs: P.kwargs) -> R:
            return view(*args, **kwargs)

        plain.__wrapped__ = seen
        return cast(Callable[P, R], plain)

    return decorate

"""Every error a client can meet, as one tree.

AskPandaError
├── BadRequest            400  the request is wrong; the message says what to change
│   └── UnknownModel      400
├── Unauthorized          401
├── Forbidden             403  foreign origin, host not listed, egress not allowed
├── NotFound              404  also for what belongs to somebody else
├── TooLarge              413
├── TooManyRequests       429  carries retry_after (seconds)
├── Unavailable           503  a record could not be read or saved, the index is away
│   └── StorageFull       507
├── ModelError            502 inside, never a status: an answer goes on without the model
│   ├── ModelRefused           401/403 from the provider: key missing or wrong
│   ├── ModelBusy              429; carries retry_after
│   ├── ModelDown              5xx, network, cut stream
│   ├── ModelTimeout
│   ├── ModelNotAsked          the day's budget is used up, or the model rests: nothing was sent
│   └── ModelGarbage           an answer that cannot be read
└── ConfigurationError    the server refuses to start; the message names the setting
"""

from typing import Any


class AskPandaError(Exception):
    """Base: `code` is a stable word for programs, `message` a sentence for people that says what to do."""

    status = 500
    code = "internal_error"

    def __init__(self, message: str, *, details: Any = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.retry_after = retry_after


class BadRequest(AskPandaError):
    status, code = 400, "bad_request"


class UnknownModel(BadRequest):
    code = "unknown_model"


class Unauthorized(AskPandaError):
    status, code = 401, "unauthorized"


class Forbidden(AskPandaError):
    status, code = 403, "forbidden"


class NotFound(AskPandaError):
    status, code = 404, "not_found"


class TooLarge(AskPandaError):
    status, code = 413, "too_large"


class TooManyRequests(AskPandaError):
    status, code = 429, "too_many_requests"


class Unavailable(AskPandaError):
    status, code = 503, "unavailable"


class StorageFull(Unavailable):
    status, code = 507, "storage_full"


class ModelError(AskPandaError):
    """`call` is what it cost all the same, where it was noted."""

    status, code = 502, "model_error"
    retryable = True
    call: Any = None


class ModelRefused(ModelError):
    code, retryable = "model_refused", False


class ModelBusy(ModelError):
    code = "model_busy"


class ModelDown(ModelError):
    code = "model_down"


class ModelTimeout(ModelError):
    code = "model_timeout"


class ModelNotAsked(ModelError):
    code = "model_not_asked"


class ModelGarbage(ModelError):
    code = "model_garbage"


class ConfigurationError(AskPandaError):
    code = "configuration_error"

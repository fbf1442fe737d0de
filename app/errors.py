"""The errors that only a service knows, below `model.errors.TenfoldError`.

What each becomes in HTTP (type, title, status) is one table in `app/problem_types.py`; a message is shown to the client
as the problem's detail, so it never holds more than the client sent or the API promises.

    TenfoldError
    ├── RequestError                 the request cannot be answered as it is
    │   ├── MalformedRequestError    broken JSON, base64, multipart, host or header
    │   ├── ParameterError           a query or path parameter outside its bounds
    │   ├── PictureMissingError      a well-formed body without the picture's field
    │   ├── BodyTooLargeError        more bytes than the limit
    │   ├── UrlTooLongError          a request line longer than the limit
    │   ├── HeadTooLargeError        more headers, or more bytes of them, than the limit
    │   ├── SlowRequestError         a head or body that did not arrive in time
    │   ├── BatchTooLargeError       more pictures than the limit
    │   ├── MediaTypeError           an encoding or kind of body that is not read
    │   ├── UnauthorizedError        no valid API key
    │   ├── RateLimitedError         more requests than the rate limit
    │   ├── NotFoundError            no such route, item or picture
    │   ├── MethodError              the route exists, the method does not
    │   └── RangeError               several byte ranges at once
    ├── UnavailableError             try again later
    │   ├── OverloadedError          the queue is full
    │   ├── DeadlineError            no answer within the deadline
    │   ├── TooManyConnectionsError  no room for another connection
    │   ├── NotReadyError            no model is loaded
    │   └── StoppingError            the service is shutting down
    ├── InferenceCrashedError        what runs the networks died, or the round broke
    └── ClientGoneError              nobody is left to answer
"""

from model.errors import TenfoldError


class RequestError(TenfoldError):
    """The request cannot be answered as it is."""


class MalformedRequestError(RequestError):
    """The request breaks its own format."""


class ParameterError(RequestError):
    """A parameter is unknown or outside its bounds."""


class PictureMissingError(RequestError):
    """The body is well formed, but the picture's field is not in it."""


class BodyTooLargeError(RequestError):
    """The body has more bytes than the limit."""


class UrlTooLongError(RequestError):
    """The path with its query is longer than the limit."""


class HeadTooLargeError(RequestError):
    """The request has more headers, or more bytes of them, than the limit."""


class SlowRequestError(RequestError):
    """The request's head or body did not arrive within its deadline."""


class BatchTooLargeError(RequestError):
    """The batch has more pictures than the limit."""


class MediaTypeError(RequestError):
    """The body is encoded in a way that is not read here."""


class UnauthorizedError(RequestError):
    """The request carries no valid API key."""


class NotFoundError(RequestError):
    """There is nothing at this address."""


class RangeError(RequestError):
    """Several byte ranges were asked for at once."""


class MethodError(RequestError):
    """The route exists, but not for this method.

    Parameters
    ----------
    message
        What was found and what is allowed.
    allowed
        The value of the `Allow` header.
    """

    def __init__(self, message: str, *, allowed: str) -> None:
        super().__init__(message)
        self.allowed = allowed


class RateLimitedError(RequestError):
    """More requests than the rate limit allows.

    Parameters
    ----------
    message
        What was found and what is allowed.
    retry_after_seconds
        When the next request will be answered.
    """

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class UnavailableError(TenfoldError):
    """The service cannot answer now, but will later."""

    retry_after_seconds = 1
    """A full queue drains within a second; a later retry only helps where a subclass says so."""


class OverloadedError(UnavailableError):
    """The queue is full."""


class TooManyConnectionsError(UnavailableError):
    """The process, or this client's address, has as many connections as it may."""


class DeadlineError(UnavailableError):
    """No answer was ready within the deadline."""


class NotReadyError(UnavailableError):
    """No model is loaded, or it does not answer."""

    retry_after_seconds = 5


class StoppingError(UnavailableError):
    """The service is shutting down."""

    retry_after_seconds = 5


class InferenceCrashedError(TenfoldError):
    """The process that runs the networks died while it held this request, or the round that it was in broke."""


class ClientGoneError(TenfoldError):
    """The client closed the connection before its answer was ready; nothing is sent."""

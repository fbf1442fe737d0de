"""The one table of problem types: what each error class becomes in HTTP, with its meaning and remedy.

`problems.py` builds documents from it, the OpenAPI document and `/problems/{slug}` explain it, `docs/http.md` lists it.
"""

from dataclasses import dataclass

from app import errors
from model import errors as model_errors


@dataclass(frozen=True)
class ProblemType:
    """One row of the table.

    Parameters
    ----------
    slug
        Last part of the problem's `type`.
    title
        Short name, the same for every occurrence.
    status
        HTTP status.
    meaning
        When it happens and what to do about it.
    example
        A detail as a client would see it.
    """

    slug: str
    title: str
    status: int
    meaning: str
    example: str

    @property
    def uri(self) -> str:
        """The problem's `type`, relative to this service."""
        return f"/problems/{self.slug}"


INTERNAL = ProblemType(
    "internal-error",
    "Internal error",
    500,
    "The service failed in a way it did not foresee. The log has the rest under the request id.",
    "The service failed unexpectedly. Report the request id to its operator.",
)

PROBLEMS: dict[type[Exception], ProblemType] = {
    errors.MalformedRequestError: ProblemType(
        "malformed-request",
        "Malformed request",
        400,
        "The request breaks its own format: JSON, base64, multipart, or a header. Correct it before sending it again.",
        "The body is empty; send a PNG, JPEG or WebP picture.",
    ),
    errors.ParameterError: ProblemType(
        "parameter-not-allowed",
        "Parameter not allowed",
        400,
        "A query or path parameter is unknown or outside its bounds. The detail names it and what is allowed.",
        "query parameter include is 'picture'; allowed: image.",
    ),
    errors.UnauthorizedError: ProblemType(
        "api-key-required",
        "API key required",
        401,
        "This service asks for an API key. Send it as `Authorization: Bearer KEY`.",
        "No valid API key; send one as 'Authorization: Bearer KEY'.",
    ),
    errors.NotFoundError: ProblemType(
        "not-found", "Not found", 404, "There is nothing at this address.", "Nothing is at /v1/predicitons."
    ),
    errors.MethodError: ProblemType(
        "method-not-allowed",
        "Method not allowed",
        405,
        "The route exists, but not for this method. The `Allow` header lists those it has.",
        "/v1/predictions does not answer GET; allowed: POST.",
    ),
    errors.SlowRequestError: ProblemType(
        "request-timeout",
        "Request timeout",
        408,
        "The request's headers or body did not arrive in time. Send it again over a faster connection.",
        "The body did not arrive within 30 seconds.",
    ),
    errors.BodyTooLargeError: ProblemType(
        "body-too-large",
        "Body too large",
        413,
        "The body has more bytes than the limit. Send a smaller picture, or fewer at a time.",
        "The body is larger than 5242880 bytes, the limit of this route.",
    ),
    errors.BatchTooLargeError: ProblemType(
        "batch-too-large",
        "Batch too large",
        413,
        "The batch has more pictures than the limit. Split it.",
        "The batch has more than 256 pictures; split it.",
    ),
    errors.UrlTooLongError: ProblemType(
        "url-too-long",
        "URL too long",
        414,
        "The path with its query is longer than the limit. Pictures belong in the body.",
        "The URL is longer than 8192 bytes, the limit.",
    ),
    errors.MediaTypeError: ProblemType(
        "encoding-not-read",
        "Encoding not read",
        415,
        "The body is compressed or otherwise encoded. Send it as it is, without Content-Encoding.",
        "Content-Encoding is 'gzip'; send the body as it is.",
    ),
    model_errors.PictureFormatError: ProblemType(
        "picture-format-not-allowed",
        "Picture format not allowed",
        415,
        "The content is no PNG, JPEG or still WebP; its first bytes decide, not its Content-Type. Convert it.",
        "The content is GIF; allowed are PNG, JPEG and still WebP.",
    ),
    errors.RangeError: ProblemType(
        "ranges-not-served",
        "Ranges not served",
        416,
        "Several byte ranges were asked for at once. Ask for the whole, it is small.",
        "The Range header asks for 10000 ranges; ask for one, or for the whole.",
    ),
    errors.PictureMissingError: ProblemType(
        "picture-missing",
        "Picture missing",
        422,
        "The body is well formed, but the field that holds the picture is not in it. The detail names the field.",
        "No part is named 'picture'; found: 'file'.",
    ),
    model_errors.PictureDamagedError: ProblemType(
        "picture-damaged",
        "Picture damaged",
        422,
        "The picture is truncated, corrupt or contradicts itself. Save it anew, or send it again.",
        "The PNG picture ends before its last row.",
    ),
    model_errors.PictureTooLargeError: ProblemType(
        "picture-too-large",
        "Picture too large",
        422,
        "The picture has more pixels, or a longer side, than the limit. Scale it down.",
        "The picture has 88,360,000 pixels; allowed are 16,000,000.",
    ),
    errors.RateLimitedError: ProblemType(
        "rate-limited",
        "Too many requests",
        429,
        "More requests than this service allows a client. Wait as long as `Retry-After` says.",
        "More than 600 requests per 1 minute; try again in 12 seconds.",
    ),
    errors.HeadTooLargeError: ProblemType(
        "head-too-large",
        "Request head too large",
        431,
        "The request has more headers, or more bytes of them, than the limit. Send fewer; cookies are not needed.",
        "The request has more than 100 headers, the limit.",
    ),
    errors.OverloadedError: ProblemType(
        "overloaded",
        "Overloaded",
        503,
        "More pictures wait than the queue holds. Try again after `Retry-After` seconds.",
        "512 pictures are waiting already, the most that may; try again in 1 second.",
    ),
    errors.TooManyConnectionsError: ProblemType(
        "too-many-connections",
        "Too many connections",
        503,
        "No further connection is accepted, from this address or at all. Close some, or reuse one.",
        "256 connections are open from this address, the most that may.",
    ),
    errors.DeadlineError: ProblemType(
        "deadline-passed",
        "Deadline passed",
        503,
        "No answer was ready in time. Try again after `Retry-After` seconds, or send fewer or smaller pictures.",
        "No answer was ready within 10 seconds.",
    ),
    errors.NotReadyError: ProblemType(
        "not-ready",
        "Not ready",
        503,
        "No model is loaded, or none yet. `/readyz` gives the reason; its remedy is the operator's.",
        "No model is loaded.",
    ),
    errors.StoppingError: ProblemType(
        "stopping",
        "Shutting down",
        503,
        "The service is shutting down. Try again; another instance, or the next one, will answer.",
        "The service is shutting down.",
    ),
    Exception: INTERNAL,
}

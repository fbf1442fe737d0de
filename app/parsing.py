"""What a client may make us parse: uvicorn's protocol with limits on the head, the body and the pipeline.

Uvicorn parses whatever comes, as much as comes, and keeps it. Here the URL, the headers, the body, the number of chunks
and what stands between them are bounded while they arrive, and parsing stops when requests queue up behind a running
one. What happens to a connection that breaks a limit is left to `protocol.py`; what a head may say is in `heads.py`.

The parser is httptools (llhttp, Node's), the stricter of uvicorn's two and the faster: h11, pure Python, takes bare line
feeds and folded headers, and answers less than half as many requests a second.
"""

from asyncio import AbstractEventLoop, Event
from enum import Enum, auto
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.errors import BodyTooLargeError, MalformedRequestError, UrlTooLongError
from app.heads import SINGLE_HEADERS, body_too_large, check_head, check_size, head_too_large
from app.refusals import parser_refusal
from app.settings import Settings
from app.whole import EXTENSIONS, WholeAnswerCycle
from model.errors import TenfoldError

FEED_BYTES = 4096  # parsed at once, then we look whether requests queue up: at most 150 of them wait parsed
MOST_CHUNKS = 16_384  # a body of 5 MiB in chunks of 320 bytes; real senders use kibibytes


class Phase(Enum):
    """What the connection waits for: the next request, the rest of one, or the app."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()
    ANSWER = auto()


IDLE, HEAD, BODY, ANSWER = Phase  # as globals: looking them up in the class ten times a request cost 1 us


class BoundedParser(HttpToolsProtocol):
    """One connection, as far as its bytes are parsed.

    Parameters
    ----------
    config, server_state, app_state, _loop
        Uvicorn's own.
    settings
        Every limit.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
        *,
        settings: Settings,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.settings = settings
        self.phase = IDLE
        self.timed: Phase | None = None  # the phase whose deadline runs; a new request starts a new one
        self.stopping = False
        self.unparsed = memoryview(b"")
        self.url = b""
        self._unframed_bytes = 0  # since the parser last made something of them
        self._body_bytes = self._body_limit = self._chunks = 0
        self._single_headers: dict[bytes, bytes] = {}

    def refuse(self, error: TenfoldError) -> None:
        """Take nothing more from this client, and say why."""
        raise NotImplementedError

    def on_phase(self) -> None:
        """Note that bytes have been parsed and the phase may be another."""
        raise NotImplementedError

    def data_received(self, data: bytes) -> None:
        """Parse what has come, unless its turn is later or nobody wants it any more."""
        if self.phase is IDLE:
            self.phase = HEAD
        if self.unparsed or self.pipeline or len(data) > FEED_BYTES:
            self.unparsed = memoryview(bytes(self.unparsed) + data)
            self.parse_on()
            if self.unparsed:
                self.flow.pause_reading()
        else:
            self._parse(data)
        self.on_phase()

    def parse_on(self) -> None:
        """Parse piece by piece until requests queue up."""
        while self.unparsed and not self.pipeline:
            piece, self.unparsed = self.unparsed[:FEED_BYTES], self.unparsed[FEED_BYTES:]
            self._parse(piece)

    def _parse(self, piece: bytes | memoryview) -> None:
        """Parse a piece; the callbacks below do the rest."""
        self._unframed_bytes += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            # RFC 9110, 7.8: a server may ignore Upgrade. The parser stopped behind the head; what follows is HTTP/1.1.
            self.unparsed = memoryview(bytes(piece[upgrade.args[0] :]) + bytes(self.unparsed))
            self.parse_on()
        except httptools.HttpParserError as error:
            self.refuse(parser_refusal(error))
        else:
            if self._unframed_bytes > self.settings.max_header_bytes:
                self.refuse(self._endless())

    def _endless(self) -> TenfoldError:
        """Name what has no end: a head, or what may stand between the pieces of a chunked body."""
        limit = self.settings.max_header_bytes
        if self.phase is HEAD:
            return head_too_large(limit)
        return MalformedRequestError(f"A chunk extension or trailer is larger than {limit} bytes, the limit.")

    def on_message_begin(self) -> None:
        """Count anew."""
        super().on_message_begin()
        self.phase, self.timed = HEAD, None
        self._unframed_bytes = self._body_bytes = self._chunks = 0
        self._single_headers = {}

    def on_url(self, url: bytes) -> None:
        """Bound the request's target."""
        self.url += url
        if len(self.url) > self.settings.max_url_bytes:
            raise UrlTooLongError(f"The URL is longer than {self.settings.max_url_bytes} bytes, the limit.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; their number and size are judged when they are complete, or by `_parse` if they never are."""
        name = name.lower()
        self.headers.append((name, value))
        if name in SINGLE_HEADERS:
            if name in self._single_headers:
                raise MalformedRequestError(f"The request has two {name.decode()} headers; allowed is one.")
            self._single_headers[name] = value

    def on_headers_complete(self) -> None:
        """Judge the head, then start the request or queue it."""
        single, settings = self._single_headers, self.settings
        if len(self.headers) > settings.max_headers or self._unframed_bytes + FEED_BYTES > settings.max_header_bytes:
            check_size(self.headers, settings)
        self._body_limit = check_head(self.parser, self.url, headers=single, settings=settings)
        self.expect_100_continue = single.get(b"expect", b"").lower() == b"100-continue"
        self._begin_request()
        self.headers = []  # trailers go here and are dropped; appended to the request's they could forge what was judged
        self._single_headers = {}
        if self.stopping:
            self.cycle.keep_alive = False
        self.phase = BODY

    def _begin_request(self) -> None:
        """Start the request, or queue it behind those still running: as uvicorn does, but with a cycle of our own."""
        version = self.parser.get_http_version()
        target = httptools.parse_url(self.url)
        path = target.path.decode("ascii")
        scope = self.scope
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = target.path
        scope["query_string"] = target.query or b""
        scope["extensions"] = EXTENSIONS
        before = self.cycle
        self.cycle = WholeAnswerCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_chunk_header(self) -> None:
        """Bound the number of chunks: each costs time, however small."""
        self._unframed_bytes = 0
        self._chunks += 1
        if self._chunks > MOST_CHUNKS:
            raise BodyTooLargeError(f"The body has more than {MOST_CHUNKS} chunks, the limit; send larger ones.")

    def on_body(self, body: bytes) -> None:
        """Bound the body, whatever was announced."""
        self._unframed_bytes = 0
        self._body_bytes += len(body)
        if self._body_bytes > self._body_limit:
            raise body_too_large(self._body_limit)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for the app from now on, not for the client."""
        super().on_message_complete()
        self._unframed_bytes = 0
        self.phase = ANSWER

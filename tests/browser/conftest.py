"""One real service and one real Chromium for all browser tests; a fresh page, watched for misbehaviour, for each.

A page is a tab of a window that stays open, because a window for each test costs Chromium twice as much processor time
as the page in it. What a test changes for a whole window (its clock, its network, its permissions), it changes in a
window of its own.

Every page a test opens is watched: an error on the console, an uncaught exception, a request to another origin or a
violation of the content security policy fails the test, unless the test says that it provokes one.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.serving import Service

CHROMIUM = Path(shutil.which("chromium") or "/usr/bin/chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MILLISECONDS = 30_000
"""For one step, on a machine that does much else; no test waits that long unless it fails."""

DEVICES: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
    },
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it; without one the tests say so, and fail where TENFOLD_REQUIRE_BROWSER is set."""
    if not CHROMIUM.exists():
        message = f"{CHROMIUM} is not there; install Debian's package chromium to test the pages"
        if os.environ.get("TENFOLD_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The shipped checkpoint, served on a free port."""
    with Service(tmp_path_factory.mktemp("service") / "log") as running:
        yield running


@pytest.fixture(scope="session")
def address(service: Service) -> str:
    return f"http://127.0.0.1:{service.port}"


AskJson = Callable[[str], Any]


@pytest.fixture(scope="session")
def ask_json(address: str) -> AskJson:
    """Ask the service itself, without a browser, to compare with what the page shows."""

    def ask(path: str) -> Any:
        with urlopen(address + path) as answer:  # noqa: S310  # the address is the fixture's own
            return json.load(answer)

    return ask


@dataclass
class Watch:
    """What a page did that it should not have done."""

    origin: str
    complaints: list[str] = field(default_factory=list)

    def attach(self, page: Page) -> None:
        page.on("console", lambda message: self._note_console(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", self._note_request)

    def _note_console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(f"console {kind}: {text}")

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.complaints.append(f"request to another origin: {request.url}")


OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def windows(browser: Browser, address: str) -> dict[str, BrowserContext]:
    """A window for each device, kept open by a tab that no test sees."""
    contexts = {device: browser.new_context(**options) for device, options in DEVICES.items()}
    for context in contexts.values():
        context.new_page().goto(address + "/livez")
    return contexts


@pytest.fixture
def open_page(browser: Browser, windows: dict[str, BrowserContext], address: str) -> Iterator[OpenPage]:
    """Open a path in a new tab, or in a window of its own if asked or if it has options.

    `tolerate` lists parts of complaints that the test provokes.
    """
    opened: list[tuple[Page | BrowserContext, Watch, tuple[str, ...]]] = []

    def open_one(
        path: str = "/",
        *,
        device: str = "wide",
        scheme: str = "light",
        tolerate: tuple[str, ...] = (),
        origin: str = address,
        before: Callable[[Page], object] = lambda _: None,
        own_window: bool = False,
        **options: Any,
    ) -> Page:
        own_window = own_window or bool(options)
        context = browser.new_context(**{**DEVICES[device], **options}) if own_window else windows[device]
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        watch = Watch(origin)
        page = context.new_page()
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a plain str, checked by Playwright
        watch.attach(page)
        opened.append((context if own_window else page, watch, tolerate))
        before(page)
        page.goto(origin + path)
        return page

    yield open_one
    complaints = []
    for closed, watch, tolerate in opened:
        closed.close()
        complaints += [text for text in watch.complaints if not any(part in text for part in tolerate)]
    assert complaints == []

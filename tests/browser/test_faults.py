"""What the first page does when the service is away, busy or slow: it says so in words, and goes on by itself."""

import itertools
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.hand import DIGITS, draw_with_mouse, shown_digit, wait_for_last_answer
from tests.serving import Service, wait_until

pytestmark = pytest.mark.browser

GONE = (
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_INTERNET_DISCONNECTED",
    "ERR_FAILED",
    "503",
)
PREDICTIONS = "**/v1/predictions*"


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Service]:
    """A service of the test's own, to be killed."""
    with Service(tmp_path / "log") as running:
        yield running


def is_free(port: int) -> bool:
    """Whether nobody listens any more; a killed service's worker notices only after a moment."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_killed_service_is_said_in_words_and_its_return_is_noticed(open_page: OpenPage, mortal: Service) -> None:
    page = open_page(origin=f"http://127.0.0.1:{mortal.port}", tolerate=GONE)
    draw_with_mouse(page, DIGITS[4])
    wait_for_last_answer(page)
    mortal.process.send_signal(signal.SIGKILL)
    mortal.process.wait()
    wait_until(lambda: is_free(mortal.port))
    page.click("#undo")
    expect(page.locator("#trouble")).to_contain_text("does not answer")
    expect(page.locator("#trouble")).to_contain_text("Your drawing is kept")
    page.click("#redo")
    mortal.__enter__()
    expect(page.locator("#trouble")).to_be_hidden()
    wait_for_last_answer(page)
    assert shown_digit(page) == "n4"


def test_browser_that_comes_online_asks_again_at_once(open_page: OpenPage) -> None:
    page = open_page(tolerate=GONE, own_window=True)
    page.context.set_offline(True)
    draw_with_mouse(page, DIGITS[7])
    expect(page.locator("#trouble")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#trouble")).to_be_hidden()
    wait_for_last_answer(page)
    assert shown_digit(page) == "n7"


def test_full_service_is_asked_again_quietly(open_page: OpenPage) -> None:
    page = open_page(tolerate=GONE)
    numbers = itertools.count()

    def refuse_once(route: Route) -> None:
        if next(numbers) > 0:
            route.continue_()
            return
        route.fulfill(status=503, headers={"Retry-After": "1"}, content_type="application/problem+json", body="{}")

    page.route(PREDICTIONS, refuse_once)
    draw_with_mouse(page, DIGITS[1])
    expect(page.locator("#trouble")).to_be_hidden()
    wait_for_last_answer(page)
    assert shown_digit(page) == "n1"
    expect(page.locator("#trouble")).to_be_hidden()


def test_retry_after_is_respected(open_page: OpenPage) -> None:
    page = open_page(tolerate=GONE)
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503, headers={"Retry-After": "30"}, content_type="application/problem+json", body="{}")

    page.route(PREDICTIONS, refuse)
    draw_with_mouse(page, DIGITS[1])
    page.wait_for_timeout(1000)
    assert len(asked) <= 2


def test_damaged_answer_is_said_in_words(open_page: OpenPage) -> None:
    page = open_page()
    page.route(PREDICTIONS, lambda route: route.fulfill(content_type="text/html", body="<p>A proxy's page</p>"))
    draw_with_mouse(page, DIGITS[1])
    expect(page.locator("#trouble")).to_contain_text("cannot read")


def test_gallery_and_model_say_that_the_service_is_away(open_page: OpenPage) -> None:
    for path in ("/gallery", "/model", "/inside", "/docs"):
        page = open_page(path, tolerate=GONE, before=lambda page: page.route("**/v1/**", lambda route: route.abort()))
        if path == "/docs":
            page.route("**/openapi.json", lambda route: route.abort())
            page.reload()
        expect(page.locator("#trouble")).to_contain_text("does not answer")

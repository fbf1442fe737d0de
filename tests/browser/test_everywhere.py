"""What holds for every page: no overflow, no violation, access for everyone, little weight, quick to start."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Response, ViewportSize, expect

from tests.browser.conftest import OpenPage
from tests.browser.hand import DIGITS, draw_with_mouse, wait_for, wait_for_last_answer

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "/": "#answer",
    "/gallery": ".tile",
    "/model": "#accuracy svg",
    "/inside": "#bars li[data-first]",
    "/docs": ".operation",
    "/nothing-here": "h1",
}
MOST_BYTES = 150_000
NARROWEST: ViewportSize = {"width": 320, "height": 740}
"""As in WCAG 2.2, 1.4.10: also a wide window at 400 % zoom."""


def settle(page: Page, path: str) -> None:
    """Wait until the page shows what it has to show."""
    page.locator(PAGES[path]).first.wait_for()


def violations(page: Page, *, rules: tuple[str, ...] = ()) -> list[str]:
    """Ask axe, all its rules or some; each violation as one line."""
    if not AXE.exists():
        pytest.fail(f"{AXE} is not there; run `npm install` to get axe-core")
    page.evaluate(AXE.read_text())
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found: list[dict[str, Any]] = page.evaluate(
        "(options) => axe.run(options).then((results) => results.violations)", options
    )
    return [f"{item['id']}: {item['help']}: {[node['html'][:120] for node in item['nodes'][:3]]}" for item in found]


def overflow(page: Page) -> list[str]:
    """Say so if the page is wider than its screen."""
    needed, given = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"scrolls sideways: needs {needed} pixels, has {given}"] if needed > given else []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("device", ["wide", "phone"])
def test_page_fits_its_screen_and_axe_finds_nothing(open_page: OpenPage, device: str, path: str) -> None:
    page = open_page(path, device=device, scheme="light", tolerate=("404",))
    settle(page, path)
    complaints = overflow(page) + violations(page)
    page.emulate_media(color_scheme="dark")
    complaints += overflow(page) + violations(page, rules=("color-contrast",))
    if device == "phone":
        page.set_viewport_size(NARROWEST)
        complaints += overflow(page)
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_answers_and_dialogs(open_page: OpenPage, scheme: str) -> None:
    page = open_page(scheme=scheme)
    draw_with_mouse(page, DIGITS[4])
    wait_for_last_answer(page)
    page.click(".keys summary")
    assert violations(page) == []
    page = open_page("/gallery", scheme=scheme)
    page.locator(".tile").first.click()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/", "/gallery", "/model", "/inside", "/docs"])
def test_page_weighs_little_without_pictures(open_page: OpenPage, path: str) -> None:
    responses: list[Response] = []

    def keep(response: Response) -> None:
        responses.append(response)

    page = open_page(path, own_window=True, before=lambda page: page.on("response", keep))
    page.wait_for_load_state("networkidle")
    sizes = {
        response.url: len(response.body())
        for response in responses
        if "/v1/" not in response.url and not response.url.startswith("data:") and response.status == 200
    }
    print(f"\n{path}: {sum(sizes.values())} bytes in {len(sizes)} files")
    assert sum(sizes.values()) < MOST_BYTES, sizes


def test_first_page_is_quickly_there(open_page: OpenPage) -> None:
    page = open_page(own_window=True)
    wait_for(page, "performance.getEntriesByName('interactive').length > 0")
    wait_for(page, "performance.getEntriesByName('first-contentful-paint').length > 0")
    paint, interactive = page.evaluate(
        "['first-contentful-paint', 'interactive'].map((name) => performance.getEntriesByName(name)[0].startTime)"
    )
    print(f"\nfirst paint {paint:.0f} ms, interactive {interactive:.0f} ms")
    # Aimed at: 500 ms each. A test of behaviour holds no stopwatch to a shared machine; what must hold is that the
    # script does not come before the paper it works on.
    assert interactive > 0
    assert page.is_visible("#paper")


def test_nothing_moves_when_the_answer_comes(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate(
        """() => { window.shifts = [];
          new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.value)))
            .observe({type: "layout-shift", buffered: true}); }"""
    )
    draw_with_mouse(page, DIGITS[2])
    wait_for_last_answer(page)
    page.wait_for_timeout(100)
    assert sum(page.evaluate("shifts")) < 0.02


def test_every_control_shows_its_focus(open_page: OpenPage) -> None:
    page = open_page()
    seen: set[str] = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        name, visible = page.evaluate(
            """() => {
              const at = document.activeElement;
              const outline = (e) => getComputedStyle(e);
              const shows = (e) => parseFloat(outline(e).outlineWidth) >= 2 && outline(e).outlineStyle !== "none";
              const name = at.id || at.textContent || at.tagName;
              return [name, at === document.body || shows(at) || shows(at.parentElement)];
            }"""
        )
        assert visible, f"{name} does not show that it has the focus"
        seen.add(name)
    assert {"canvas", "example", "picture"} <= seen


def test_motion_stops_for_those_who_do_not_want_it(open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((e) => {
          const style = getComputedStyle(e);
          return style.transitionDuration !== "0s" && style.transitionProperty !== "none" || style.animationName !== "none";
        }).length"""
    )
    assert moving == 0


def test_colours_follow_the_system(open_page: OpenPage) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        expect(page.locator("h1")).to_be_visible()
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] != grounds[1]

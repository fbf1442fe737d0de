"""Take the pictures of the pages for the README: `python scripts/screenshots.py`, with the service running.

Drawn with the system's Chromium through Playwright, as in the browser tests. No picture shows an MNIST digit: none may be
committed, so of the gallery only the confusion matrix is taken.
"""

import argparse
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

IMAGES = Path(__file__).parent.parent / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
WIDE: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 860},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
EXAMPLE = 3
"""The digit on the pictures."""


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description="Take pictures of the pages for the README.")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the service runs (default: %(default)s)")
    parser.add_argument("--chromium", default=CHROMIUM, help="the browser (default: %(default)s)")
    arguments = parser.parse_args()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=FLAGS)
        take_all(browser, arguments.url)
        browser.close()


def take_all(browser: Browser, url: str) -> None:
    """Take each page once, the first one in all its clothes."""
    for name, scheme, device in (("draw", "light", WIDE), ("draw-dark", "dark", WIDE), ("draw-phone", "light", PHONE)):
        page = open_page(browser, url, scheme=scheme, device=device)
        link = page.evaluate(
            """async (digit) => {
              const { strokesOf } = await import("/static/js/draw/examples.js");
              const { toFragment } = await import("/static/js/draw/sharing.js");
              return toFragment(strokesOf(digit));
            }""",
            EXAMPLE,
        )
        page.goto(f"{url}/#{link}")
        page.locator('#answer[data-state="answered"][aria-busy="false"]').wait_for()
        take(page, name)
    page = open_page(browser, f"{url}/inside", scheme="light", device=WIDE)
    page.locator("#bars li[data-first]").wait_for()
    page.locator("#map-0-5").hover()
    take(page, "inside")
    page = open_page(browser, f"{url}/model", scheme="light", device=WIDE)
    page.locator("#accuracy svg").wait_for()
    take(page, "model")
    page = open_page(browser, f"{url}/gallery", scheme="light", device=WIDE)
    page.locator("#matrix button").first.wait_for()
    take(page.locator(".desk"), "confusion")


def open_page(browser: Browser, url: str, *, scheme: str, device: dict[str, Any]) -> Page:
    """Open a page that stands still."""
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce", **device)  # type: ignore[arg-type]  # a plain str, checked by Playwright
    page = context.new_page()
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return page


def take(what: Page | Locator, name: str) -> None:
    """Write one picture."""
    path = IMAGES / f"{name}.png"
    what.screenshot(path=path)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

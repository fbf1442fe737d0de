"""Pictures from elsewhere on the first page: chosen, dropped, pasted; and the form that works without a script."""

import base64
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.hand import DIGITS, draw_with_mouse, shown_digit, wait_for_last_answer

pytestmark = pytest.mark.browser

MOST_BYTES = 5 * 1024 * 1024
"""What the service takes by default."""


def picture_of(digit: int, *, side: int = 300) -> bytes:
    """A PNG of one of the hand's digits."""
    picture = Image.new("L", (side, side), 255)
    draw = ImageDraw.Draw(picture)
    for stroke in DIGITS[digit]:
        draw.line([(x * side, y * side) for x, y in stroke], fill=0, width=side // 16, joint="curve")
    content = BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def hand_over(page: Page, content: bytes, *, event: str, kind: str = "image/png") -> None:
    """Drop or paste a file, as the browser would."""
    page.evaluate(
        """([content, event, kind]) => {
          const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "picture", {type: kind}));
          const made = event === "paste"
            ? new ClipboardEvent(event, {clipboardData: transfer, bubbles: true})
            : new DragEvent(event, {dataTransfer: transfer, bubbles: true, cancelable: true});
          document.getElementById("paper").dispatchEvent(made);
        }""",
        [base64.b64encode(content).decode(), event, kind],
    )


@pytest.fixture
def two(tmp_path: Path) -> Path:
    path = tmp_path / "two.png"
    path.write_bytes(picture_of(2))
    return path


def test_chosen_picture_is_read_at_once(open_page: OpenPage, two: Path) -> None:
    page = open_page()
    page.set_input_files("#picture", two)
    page.locator("#answer[data-state=answered]").wait_for()
    assert shown_digit(page) == "n2"
    assert page.is_disabled("#share")


def test_photo_from_the_camera_is_read(open_page: OpenPage, two: Path) -> None:
    page = open_page(device="phone")
    assert page.is_visible("label.camera")
    page.set_input_files("#camera", two)
    page.locator("#answer[data-state=answered]").wait_for()
    assert shown_digit(page) == "n2"


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_dropped_or_pasted_picture_is_read(open_page: OpenPage, event: str) -> None:
    page = open_page()
    hand_over(page, picture_of(5), event=event)
    page.locator("#answer[data-state=answered]").wait_for()
    assert shown_digit(page) == "n5"


def test_drawing_takes_the_picture_off_the_paper(open_page: OpenPage, two: Path) -> None:
    page = open_page()
    page.set_input_files("#picture", two)
    page.locator("#answer[data-state=answered]").wait_for()
    draw_with_mouse(page, DIGITS[1])
    wait_for_last_answer(page)
    assert shown_digit(page) == "n1"
    assert page.is_enabled("#share")


def test_file_that_is_no_picture_is_refused_in_words(open_page: OpenPage) -> None:
    page = open_page(tolerate=("415",))
    hand_over(page, b"%PDF-1.7 is no picture", event="drop", kind="application/pdf")
    expect(page.locator("#trouble")).to_be_visible()
    assert "PNG" in page.inner_text("#trouble")
    draw_with_mouse(page, DIGITS[7])
    wait_for_last_answer(page)
    expect(page.locator("#trouble")).to_be_hidden()
    assert shown_digit(page) == "n7"


def test_blank_picture_gets_no_digit(open_page: OpenPage) -> None:
    content = BytesIO()
    Image.new("L", (64, 64), 255).save(content, "PNG")
    page = open_page()
    hand_over(page, content.getvalue(), event="drop")
    page.locator("#answer[data-verdict=blank]").wait_for()
    assert shown_digit(page) == "none"
    assert page.inner_text("#word") == "An empty page"


def test_picture_larger_than_the_service_takes_is_made_smaller_first(open_page: OpenPage) -> None:
    paper = Image.new("L", (2600, 2600), 255)
    paper.paste(Image.open(BytesIO(picture_of(3, side=1600))), (500, 500))
    content = BytesIO()
    paper.save(content, "PNG", compress_level=0)
    assert len(content.getvalue()) > MOST_BYTES
    page = open_page()
    with page.expect_request_finished(lambda request: "/v1/predictions" in request.url) as sent:
        hand_over(page, content.getvalue(), event="drop")
    assert 0 < int(sent.value.all_headers()["content-length"]) < MOST_BYTES
    page.locator("#answer[data-state=answered]").wait_for()
    assert shown_digit(page) == "n3"


def test_without_script_the_form_answers_with_a_page(open_page: OpenPage, two: Path) -> None:
    page = open_page(java_script_enabled=False)
    page.set_input_files("#picture", two)
    page.click("#open button")
    assert page.url.endswith("/read")
    assert shown_figure(page) == "n2"
    assert page.locator("h1").inner_text() != ""


def test_without_script_a_refusal_is_a_page_too(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(java_script_enabled=False, tolerate=("415",))
    (tmp_path / "letter.txt").write_text("Dear service")
    page.set_input_files("#picture", tmp_path / "letter.txt")
    page.click("#open button")
    assert "PNG" in page.locator(".reason").inner_text()


def shown_figure(page: Page) -> str:
    """The large figure of the page without script."""
    return (page.locator(".digit use").get_attribute("href") or "").rpartition("#")[2]

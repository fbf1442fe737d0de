"""The gallery: filters, matrix, order, detail, quiz and the printed sheet, against the shipped checkpoint's own errors."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import AskJson, OpenPage

pytestmark = pytest.mark.browser


@pytest.fixture
def errors(ask_json: AskJson) -> list[dict[str, int]]:
    """What the service says of its errors."""
    items: list[dict[str, int]] = ask_json("/v1/gallery?limit=1000")["items"]
    assert items
    return items


def with_pictures(page: Page) -> None:
    """Play a machine that has MNIST: its pictures are any picture."""

    def add_pictures(route: Route) -> None:
        answer = route.fetch().json()
        answer.update(pictures_remedy=None)
        for item in answer["items"]:
            item["picture"] = "/static/icon.svg"
        route.fulfill(json=answer)

    page.route("**/v1/gallery?*", add_pictures)


def without_pictures(page: Page) -> None:
    """Play a machine without MNIST."""

    def remove_pictures(route: Route) -> None:
        answer = route.fetch().json()
        answer.update(pictures_remedy="run `tenfold-train data`")
        for item in answer["items"]:
            item["picture"] = None
        route.fulfill(json=answer)

    page.route("**/v1/gallery?*", remove_pictures)


def tile_names(page: Page) -> list[str]:
    page.locator(".tile").first.wait_for()
    names: list[str] = page.locator(".tile").evaluate_all(
        "tiles => tiles.map((tile) => tile.getAttribute('aria-label'))"
    )
    return names


def name_of(error: dict[str, int]) -> str:
    return f"Test digit {error['index']}: a {error['label']}, read as {error['predicted']}"


def test_every_error_is_on_the_sheet(open_page: OpenPage, errors: list[dict[str, int]]) -> None:
    page = open_page("/gallery")
    assert tile_names(page) == [name_of(error) for error in errors]
    expect(page.locator("#summary")).to_contain_text(str(len(errors)))


def test_filters_keep_only_what_they_say_and_stand_in_the_address(
    open_page: OpenPage, errors: list[dict[str, int]]
) -> None:
    label = errors[0]["label"]
    page = open_page("/gallery")
    page.select_option("#label", str(label))
    wanted = [name_of(error) for error in errors if error["label"] == label]
    expect(page.locator(".tile")).to_have_count(len(wanted))
    assert tile_names(page) == wanted
    assert page.url.endswith(f"?label={label}")
    page.reload()
    assert tile_names(page) == wanted
    page.click("#all")
    expect(page.locator(".tile")).to_have_count(len(errors))


def test_pressing_a_cell_of_the_matrix_shows_its_errors(open_page: OpenPage, errors: list[dict[str, int]]) -> None:
    label, predicted = errors[0]["label"], errors[0]["predicted"]
    page = open_page("/gallery")
    cell = page.locator(f"#matrix button[data-label='{label}'][data-predicted='{predicted}']")
    cell.click()
    wanted = [error for error in errors if (error["label"], error["predicted"]) == (label, predicted)]
    expect(page.locator(".tile")).to_have_count(len(wanted))
    assert cell.inner_text() == str(len(wanted))
    assert cell.get_attribute("aria-pressed") == "true"
    cell.click()
    expect(page.locator(".tile")).to_have_count(len(errors))


def test_matrix_counts_every_error_once(open_page: OpenPage, errors: list[dict[str, int]]) -> None:
    page = open_page("/gallery")
    page.locator("#matrix button").first.wait_for()
    counts = page.locator("#matrix button").evaluate_all("cells => cells.map((cell) => Number(cell.textContent))")
    assert sum(counts) == len(errors)


def test_surest_error_comes_first_when_asked(open_page: OpenPage, errors: list[dict[str, float]]) -> None:
    page = open_page("/gallery")
    page.locator(".tile").first.wait_for()
    page.select_option("#sort", "confidence")
    surest = max(errors, key=lambda error: error["probability"])
    expect(page.locator(".tile").first).to_have_attribute("aria-label", name_of(surest))  # type: ignore[arg-type]  # the same items


def test_arrow_keys_lead_through_the_details(open_page: OpenPage, errors: list[dict[str, int]]) -> None:
    page = open_page("/gallery")
    page.locator(".tile").first.click()
    place = page.locator("#detail-place")
    expect(place).to_contain_text(f"1 of {len(errors)} · no. {errors[0]['index']}")
    page.keyboard.press("ArrowRight")
    expect(place).to_contain_text(f"no. {errors[1]['index']}")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(place).to_contain_text(f"no. {errors[-1]['index']}")
    assert page.locator("#detail-bars li").count() == 10
    assert page.locator("#detail-votes li").count() >= 5
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()


def test_quiz_waits_for_its_errors(open_page: OpenPage) -> None:
    """Whoever was quicker than the service's answer opened a quiz of nothing, which failed at the first key."""
    page = open_page("/gallery", before=lambda page: page.route("**/v1/gallery?*", lambda _never_answered: None))
    assert page.is_disabled("#start-quiz")
    with_pictures(page)
    page.reload()
    expect(page.locator("#start-quiz")).to_be_enabled()


def test_quiz_counts_the_visitor_and_reveals_the_label(open_page: OpenPage) -> None:
    page = open_page("/gallery", before=with_pictures)
    page.click("#start-quiz")
    expect(page.locator("#quiz-next")).to_be_disabled()
    page.keyboard.press("3")
    expect(page.locator("#quiz-verdict")).to_contain_text("the label says")
    right = page.locator("#choices button[data-true]").get_attribute("aria-label") == "3"
    expect(page.locator("#score")).to_contain_text(f"You {int(right)} of 1, the ensemble 0")
    page.keyboard.press("4")
    expect(page.locator("#score")).to_contain_text("of 1,")
    page.keyboard.press("Enter")
    expect(page.locator("#quiz-next")).to_be_disabled()
    page.click("#choices button:nth-child(8)")
    expect(page.locator("#score")).to_contain_text("of 2,")
    page.keyboard.press("Escape")
    expect(page.locator("#quiz")).to_be_hidden()


def test_without_mnist_all_but_the_pictures_is_there(open_page: OpenPage, errors: list[dict[str, int]]) -> None:
    page = open_page("/gallery", before=without_pictures)
    assert tile_names(page) == [name_of(error) for error in errors]
    expect(page.locator("#trouble")).to_contain_text("tenfold-train data")
    assert page.is_disabled("#start-quiz")
    page.locator(".tile").first.click()
    expect(page.locator("#detail-picture")).to_be_hidden()
    expect(page.locator("#detail-bars li[data-first]")).to_have_count(1)


def test_printed_page_is_the_sheet_alone(open_page: OpenPage) -> None:
    page = open_page("/gallery")
    page.locator(".tile").first.wait_for()
    page.emulate_media(media="print")
    assert page.is_visible("#sheet")
    for other in (".head", ".foot", "#matrix", "#filters", ".actions"):
        assert page.is_hidden(other)

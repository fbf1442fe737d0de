"""The pages to read: the model card, the inside of the network, the API reference and the page that is not there."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AskJson, OpenPage
from tests.browser.hand import DIGITS, draw_with_mouse

pytestmark = pytest.mark.browser


def test_model_card_tells_the_numbers_of_the_checkpoint(open_page: OpenPage, ask_json: AskJson) -> None:
    evaluation = ask_json("/v1/model")["evaluation"]
    page = open_page("/model")
    expect(page.locator("#correct .unseen")).to_have_text(f"{evaluation['ensemble']['correct']:,}")
    low, high = (f"{100 * bound:.2f}" for bound in evaluation["ensemble"]["interval"])
    expect(page.locator("#interval")).to_contain_text(f"between {low} % and {high} %")
    assert page.locator("#accuracy .series").count() == len(evaluation["members"]) + 1
    filled = [row for row in evaluation["calibration"]["bins"] if row["count"] > 0]
    assert page.locator("#calibration circle").count() == len(filled)
    assert page.locator("#limits li").count() >= 3
    expect(page.locator("#filters .filter").first).to_be_visible()


def test_learning_curves_are_drawn_for_every_member(open_page: OpenPage, ask_json: AskJson) -> None:
    curves = ask_json("/v1/model")["evaluation"]["curves"]
    page = open_page("/model")
    page.locator("#correct .unseen").wait_for(state="attached")
    assert page.locator("#curves .curve").count() == len(curves)


def test_inside_shows_every_map_and_the_filter_under_the_pointer(open_page: OpenPage) -> None:
    page = open_page("/inside")
    first = page.locator("#map-0-2")
    first.wait_for()
    first.hover()
    expect(page.locator("#slot-words")).to_have_text("filter 3")
    expect(page.locator("#slot .filter")).to_be_visible()
    assert page.locator("#field").get_attribute("width") == "5"
    brightest = (
        page.locator("#layers [role=listbox]")
        .first.locator("canvas")
        .evaluate_all(
            """maps => Math.max(...maps.flatMap((map) =>
          [...map.getContext("2d").getImageData(0, 0, map.width, map.height).data].filter((_, i) => i % 4 === 0)))"""
        )
    )
    assert brightest > 200


def test_receptive_field_grows_from_layer_to_layer(open_page: OpenPage) -> None:
    page = open_page("/inside")
    page.locator("#map-0-0").wait_for()
    widths = []
    for layer in range(3):
        page.locator(f"#map-{layer}-0").hover()
        widths.append(float(page.locator("#field").get_attribute("width") or 0))
    assert widths == [5, 9, 13]


def test_maps_are_chosen_by_keys_as_well(open_page: OpenPage) -> None:
    page = open_page("/inside")
    page.locator("#map-0-0").wait_for()
    page.locator("#layers [role=listbox]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lens-words")).to_contain_text("map 3 of")


def test_inside_follows_a_new_drawing(open_page: OpenPage) -> None:
    page = open_page("/inside")
    page.locator("#bars li[data-first]").wait_for()
    draw_with_mouse(page, DIGITS[7])
    expect(page.locator("#bars li[data-first] .unseen")).to_contain_text("7:")
    assert (page.get_attribute("#back", "href") or "").startswith("/#d=")


def test_three_ideas_are_explained_where_they_show(open_page: OpenPage) -> None:
    page = open_page("/inside")
    page.locator("#map-0-0").wait_for()
    ideas = page.locator("#layers em").all_inner_texts()
    assert ideas == ["Local receptive fields.", "Shared weights.", "Strides."]


def test_reference_has_every_route_of_the_openapi_document(open_page: OpenPage, ask_json: AskJson) -> None:
    paths = ask_json("/openapi.json")["paths"]
    routes = [(method, path) for path, item in paths.items() for method in item]
    page = open_page("/docs")
    page.locator(".operation").first.wait_for()
    assert page.locator(".operation").count() == len(routes)
    titles = page.locator(".operation h2").all_inner_texts()
    assert all(any(path in title for title in titles) for _, path in routes)
    assert page.locator(".operation:has-text('/v1/predictions') pre").first.is_visible()


def test_page_that_is_not_there_leads_back(open_page: OpenPage) -> None:
    page = open_page("/nothing-here", tolerate=("404",))
    expect(page.locator("h1")).to_contain_text("no such page")
    page.click("main a[href='/']")
    expect(page.locator("#canvas")).to_be_visible()

"""A hand for the tests: ten digits as strokes, and ways to lead a mouse, a finger or the keys along them.

The strokes are the tests' own, other shapes than the example digits that the page ships.
"""

import math

from playwright.sync_api import Page

from tests.serving import wait_until

Point = tuple[float, float]
Stroke = list[Point]


def arc(centre: Point, radii: Point, degrees: tuple[float, float], *, points: int = 9) -> Stroke:
    """Part of an ellipse; 0 degrees is right, 90 is down."""
    start, end = degrees
    angles = [math.radians(start + (end - start) * step / (points - 1)) for step in range(points)]
    return [(centre[0] + radii[0] * math.cos(a), centre[1] + radii[1] * math.sin(a)) for a in angles]


def line(start: Point, end: Point, *, points: int = 3) -> Stroke:
    shares = [step / (points - 1) for step in range(points)]
    return [(start[0] + (end[0] - start[0]) * s, start[1] + (end[1] - start[1]) * s) for s in shares]


DIGITS: list[list[Stroke]] = [
    [arc((0.5, 0.5), (0.18, 0.29), (-80, 280), points=16)],
    [line((0.5, 0.2), (0.48, 0.8), points=8)],
    [arc((0.5, 0.36), (0.18, 0.16), (190, 390)) + line((0.64, 0.44), (0.32, 0.78)) + line((0.32, 0.78), (0.72, 0.77))],
    [arc((0.47, 0.35), (0.17, 0.15), (210, 440)) + arc((0.48, 0.64), (0.19, 0.16), (-80, 145))],
    [line((0.4, 0.2), (0.3, 0.54)) + line((0.3, 0.54), (0.72, 0.52)), line((0.6, 0.34), (0.56, 0.82))],
    [line((0.38, 0.22), (0.36, 0.46)) + arc((0.47, 0.62), (0.18, 0.18), (-130, 140)), line((0.38, 0.22), (0.66, 0.2))],
    [arc((0.72, 0.6), (0.4, 0.4), (-110, -180)) + arc((0.48, 0.64), (0.16, 0.16), (180, -180), points=13)],
    [line((0.3, 0.24), (0.7, 0.22)) + line((0.7, 0.22), (0.44, 0.82), points=12)],
    [
        arc((0.5, 0.35), (0.14, 0.15), (-60, -270), points=8)
        + arc((0.5, 0.65), (0.16, 0.15), (-90, 270), points=13)
        + arc((0.5, 0.35), (0.14, 0.15), (90, -60), points=12)
    ],
    [arc((0.5, 0.37), (0.15, 0.16), (-20, -360), points=12) + line((0.65, 0.37), (0.58, 0.82), points=12)],
]


def draw_with_mouse(page: Page, strokes: list[Stroke]) -> None:
    """Draw on the paper; the last stroke's end lifts the pen."""
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def draw_with_finger(page: Page, strokes: list[Stroke]) -> None:
    """The same by touch events of the browser itself."""
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    for stroke in strokes:
        for number, (x, y) in enumerate(stroke):
            place = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
            kind = "touchMove" if number else "touchStart"
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def shown_digit(page: Page) -> str:
    """The large figure: n0 to n9, `any` before there is an answer, `none` where there is no digit."""
    return (page.locator("#digit use").get_attribute("href") or "").rpartition("#")[2]


def wait_for_last_answer(page: Page) -> None:
    """Wait until the answer shown is that to what is on the paper."""
    page.locator('#answer[aria-busy="false"]').wait_for()


def wait_for(page: Page, condition: str) -> None:
    """Wait for a JavaScript expression; Playwright's own way needs an `eval` that the pages' policy forbids."""
    wait_until(lambda: page.evaluate(condition), seconds=30)

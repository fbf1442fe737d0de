"""Scenes: a digit on a leaf, the leaf among other things."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from model.leaves import find_leaf
from model.pictures import prepare_picture, read_picture
from tests.drawn_digits import alike, draw_digit
from training.redrawing import redraw

SIZE = (640, 480)
TURNED = ((170, 60), (500, 90), (470, 430), (140, 400))
UPRIGHT = ((160, 70), (480, 70), (480, 410), (160, 410))
SMALL = ((90, 250), (270, 250), (270, 410), (90, 410))
CUT_OFF = ((250, 60), (700, 80), (680, 540), (230, 520))
"""Its right and lower sides lie beyond the picture."""
TABLE, PAPER, PEN = (95, 65, 45), (205, 200, 190), (40, 40, 60)

Colour = tuple[int, int, int]
Corners = tuple[tuple[int, int], ...]


def flat(colour: Colour) -> Image.Image:
    return Image.new("RGB", SIZE, colour)


def shape(corners: Corners) -> Image.Image:
    mask = Image.new("L", SIZE)
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    return mask.filter(ImageFilter.BoxBlur(1))


def middle(corners: Corners) -> tuple[int, int]:
    columns, rows = (np.clip(places, 0, side) for places, side in zip(zip(*corners, strict=True), SIZE, strict=True))
    return int(np.mean(columns)), int(np.mean(rows))


def write(sheet: Image.Image, digit: int, *, at: tuple[int, int], side: int = 150, pen: Colour = PEN) -> None:
    ink = draw_digit(digit, generator=np.random.default_rng(digit), side=side)
    sheet.paste(pen, (at[0] - side // 2, at[1] - side // 2), ink)


def photograph(picture: Image.Image, *, seed: int = 0) -> Image.Image:
    """Let the light fall off, and add grain."""
    light = np.linspace(1.0, 0.8, SIZE[0], dtype=np.float32)[:, None]
    grain = np.random.default_rng(seed).normal(0, 4, (SIZE[1], SIZE[0], 1))
    return Image.fromarray(np.clip(np.asarray(picture, np.float32) * light + grain, 0, 255).astype(np.uint8))


def scene(
    digit: int,
    corners: Corners,
    *,
    table: Image.Image | Colour = TABLE,
    paper: Image.Image | Colour = PAPER,
    pen: Colour = PEN,
    side: int = 150,
) -> Image.Image:
    """Write a digit into the middle of a leaf that lies on a table."""
    picture = table.copy() if isinstance(table, Image.Image) else flat(table)
    leaf = paper.copy() if isinstance(paper, Image.Image) else flat(paper)
    write(leaf, digit, at=middle(corners), side=side, pen=pen)
    picture.paste(leaf, mask=shape(corners))
    return picture


def alone(digit: int) -> np.ndarray:
    return prepare_picture(
        Image.eval(draw_digit(digit, generator=np.random.default_rng(digit), side=200), invert)
    ).image


def invert(value: int) -> int:
    return 255 - value


def wood() -> Image.Image:
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    grain = 1 + 0.2 * np.sin(rows / 7 + 3 * np.sin(columns / 90))
    return Image.fromarray((np.array([150, 105, 70]) * grain[..., None]).astype(np.uint8))


def crumbs() -> Image.Image:
    table = flat(TABLE)
    pen = ImageDraw.Draw(table)
    for column, row in np.random.default_rng(0).integers(0, 640, (150, 2)).tolist():
        pen.ellipse((column, row, column + 8, row + 8), fill=(200, 180, 150))
    return table


def ruled(*, squared: bool) -> Image.Image:
    sheet = flat(PAPER)
    pen = ImageDraw.Draw(sheet)
    for row in range(15, SIZE[1], 30):
        pen.line((0, row, SIZE[0], row), fill=(150, 165, 205), width=2)
    for column in range(15, SIZE[0] if squared else 0, 30):
        pen.line((column, 0, column, SIZE[1]), fill=(150, 165, 205), width=2)
    return sheet


def reads_alike(picture: Image.Image, digit: int) -> bool:
    read = prepare_picture(picture)
    return not read.blank and alike(read.image, alone(digit)) > 0.8


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("corners", [UPRIGHT, TURNED, CUT_OFF], ids=["upright", "turned", "cut off"])
def test_digit_on_paper_on_a_table_is_read_as_alone(digit: int, corners: Corners) -> None:
    assert reads_alike(photograph(scene(digit, corners)), digit)


@pytest.mark.parametrize("digit", [2, 4, 8])
@pytest.mark.parametrize(
    "make",
    [
        lambda digit: scene(digit, SMALL, side=100),
        lambda digit: scene(digit, TURNED, side=280),
        lambda digit: scene(digit, TURNED, table=wood()),
        lambda digit: scene(digit, TURNED, paper=ruled(squared=False)),
        lambda digit: scene(digit, UPRIGHT, paper=ruled(squared=True)),
        lambda digit: scene(digit, TURNED, table=(190, 185, 180), paper=(40, 42, 45), pen=(235, 235, 235)),
        lambda digit: scene(digit, TURNED, table=(215, 214, 210), paper=(228, 222, 120)),
        lambda digit: scene(digit, TURNED, table=crumbs(), paper=ruled(squared=True)),
    ],
    ids=["small", "filled", "on wood", "ruled", "squared", "dark card", "yellow note", "among crumbs"],
)
def test_leaves_and_tables_of_many_kinds(digit: int, make: Callable[[int], Image.Image]) -> None:
    assert reads_alike(photograph(make(digit)), digit)


@pytest.mark.parametrize("digit", [3, 9])
def test_leaf_is_told_from_a_table_that_is_as_bright_elsewhere(digit: int) -> None:
    picture = np.asarray(scene(digit, TURNED, table=(190, 190, 192), paper=(222, 220, 216)), np.float32)
    light = np.linspace(1.0, 0.5, SIZE[0], dtype=np.float32)[:, None]
    assert reads_alike(photograph(Image.fromarray((picture * light).astype(np.uint8))), digit)


@pytest.mark.parametrize("digit", [3, 9])
def test_plain_table_is_no_canvas_for_the_leaf_on_it(digit: int) -> None:
    """Without grain the table was a canvas, and the leaf its ink."""
    assert reads_alike(scene(digit, SMALL, side=100), digit)
    assert reads_alike(scene(digit, TURNED), digit)


@pytest.mark.parametrize("digit", [3, 9])
def test_canvas_on_a_page_on_a_screen_is_found_within_both(digit: int) -> None:
    picture = flat((180, 170, 160))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((100, 30, 540, 450), fill=(20, 20, 22))
    pen.rectangle((115, 50, 525, 430), fill=(248, 248, 250))
    pen.rectangle((180, 120, 420, 360), fill=(0, 0, 0))
    write(picture, digit, at=(300, 240), side=170, pen=(255, 255, 255))
    assert reads_alike(photograph(picture), digit)
    assert reads_alike(picture, digit)


@pytest.mark.parametrize(
    ("kind", "seed"),
    [("on a table", 3), ("on a table", 5), ("on a table", 15), ("on a table", 65), ("on a screen", 90)],
    ids=["rulings and grain", "crumbs", "falling light", "bright table", "near the edge"],
)
def test_scenes_in_which_less_is_not_enough(kind: str, seed: int) -> None:
    drawn = draw_digit(seed % 10, generator=np.random.default_rng(seed))
    read = read_picture(redraw(np.asarray(drawn), kind, seed=seed))
    assert alike(read.image, np.asarray(drawn, np.float32) / 255) > 0.6


def test_thumb_that_holds_the_leaf_is_not_read() -> None:
    picture = scene(6, TURNED, side=130)
    ImageDraw.Draw(picture).ellipse((270, 370, 320, 470), fill=(205, 155, 130))
    assert reads_alike(photograph(picture), 6)


@pytest.mark.parametrize("softness", [1, 12, 20])
def test_shadow_across_leaf_and_digit_does_not_part_them(softness: int) -> None:
    picture = np.asarray(photograph(scene(4, TURNED)), np.float32)
    lit = 1 / (1 + np.exp(-(np.arange(SIZE[0]) - 325.0) / softness))
    shadowed = picture * (0.55 + 0.45 * lit)[:, None]
    assert reads_alike(Image.fromarray(shadowed.astype(np.uint8)), 4)


@pytest.mark.parametrize("mode", ["L", "RGB", "F"])
def test_leaf_is_straightened_in_any_mode(mode: str) -> None:
    picture = scene(8, TURNED).convert(mode)
    leaf = find_leaf(picture)
    assert leaf.mode == mode
    assert leaf.width == pytest.approx(320, abs=14)
    assert leaf.height == pytest.approx(335, abs=14)
    seen = np.asarray(leaf.convert("L"), np.float32)
    ground = np.asarray(Image.new("RGB", (1, 1), PAPER).convert("L"))[0, 0]
    edges = np.concatenate([seen[0], seen[-1], seen[:, 0], seen[:, -1]])
    assert np.abs(edges - ground).max() < 12


def test_places_on_the_leaf_keep_their_shares() -> None:
    picture = scene(8, TURNED, side=60)
    pen = ImageDraw.Draw(picture)
    top, right, bottom, left = (np.array(corner, np.float64) for corner in TURNED)
    diagonals = np.array([bottom - top, left - right])
    share = np.linalg.solve(diagonals.T * [[1], [1]] * [1, -1], right - top)[0]
    centre = top + share * (bottom - top)  # of a square in perspective, where its diagonals meet
    pen.ellipse((*(centre - 12), *(centre + 12)), fill=(250, 20, 20))
    leaf = np.asarray(find_leaf(picture), np.int16)
    rows, columns = np.nonzero((leaf[..., 0] > 200) & (leaf[..., 1] < 80))
    assert rows.mean() / leaf.shape[0] == pytest.approx(0.5, abs=0.02)
    assert columns.mean() / leaf.shape[1] == pytest.approx(0.5, abs=0.02)


def test_corner_that_the_picture_cuts_off_is_filled_with_paper() -> None:
    corners = ((260, 60), (600, 130), (540, 530), (200, 400))
    leaf = np.asarray(find_leaf(scene(8, corners, side=90)).convert("L"))
    assert leaf.shape[0] > 320
    assert leaf[-10:, -10:].min() > 150


def test_large_leaf_is_averaged_down() -> None:
    large = scene(5, TURNED).resize((1920, 1440), Image.Resampling.BICUBIC)
    assert max(find_leaf(large).size) == 400


def test_upright_leaf_keeps_its_pixels() -> None:
    picture = scene(5, UPRIGHT)
    leaf = np.asarray(find_leaf(picture))
    assert leaf.shape[0] < 345
    offsets = [(row, column) for row in range(70, 85) for column in range(160, 175)]
    crops = (np.asarray(picture)[row : row + len(leaf), column : column + leaf.shape[1]] for row, column in offsets)
    assert any(np.array_equal(crop, leaf) for crop in crops)


def with_shadow(picture: Image.Image, *, columns: slice) -> Image.Image:
    pixels = np.asarray(picture, np.float32).copy()
    pixels[:, columns] *= 0.5
    return Image.fromarray(pixels.astype(np.uint8))


def written(digit: int, *, side: int = 200, at: tuple[int, int] = (320, 240)) -> Image.Image:
    sheet = flat(PAPER)
    write(sheet, digit, at=at, side=side)
    return sheet


def boxed(*, width: int) -> Image.Image:
    sheet = written(3)
    ImageDraw.Draw(sheet).rectangle((150, 70, 490, 410), outline=PEN, width=width)
    return sheet


def wedge() -> Image.Image:
    """A digit in the point of a shadow."""
    picture = flat(PAPER)
    shade = flat((100, 98, 93))
    write(shade, 3, at=(300, 130), side=100, pen=(20, 20, 30))
    picture.paste(shade, mask=shape(((170, 60), (600, 40), (330, 460), (300, 440))))
    return picture


def empty_leaf() -> Image.Image:
    picture = flat(TABLE)
    picture.paste(flat(PAPER), mask=shape(TURNED))
    return picture


def corner_in_shadow() -> Image.Image:
    """The digit lies across the edge of a shadow that has a corner."""
    pixels = np.asarray(written(8), np.float32).copy()
    pixels[:260, :330] *= 0.5
    return Image.fromarray(pixels.astype(np.uint8))


def note_beside(*, side: int) -> Image.Image:
    """A digit, and a smaller coloured note with something on it."""
    sheet = written(5, side=side, at=(220, 240))
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((450, 60, 610, 220), fill=(225, 195, 90))
    write(sheet, 0, at=(530, 140), side=90)
    return sheet


def band() -> Image.Image:
    """A shaded stripe of a form, across the whole picture, with something in it, and the digit below."""
    sheet = written(7, side=320, at=(320, 300))
    ImageDraw.Draw(sheet).rectangle((0, 30, 640, 125), fill=(165, 160, 150))
    write(sheet, 0, at=(90, 78), side=70)
    return sheet


def fat_one() -> Image.Image:
    sheet = flat(PAPER)
    pen = ImageDraw.Draw(sheet)
    for row, shift in enumerate((0, 6, -4, 8, 2, -5)):
        pen.ellipse((280 + shift, 90 + 45 * row, 345 + shift, 170 + 45 * row), fill=PEN)
    return sheet


def fat_zero() -> Image.Image:
    sheet = flat(PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.rounded_rectangle((200, 80, 440, 400), radius=110, fill=PEN)
    pen.ellipse((290, 200, 350, 280), fill=PAPER)
    return sheet


@pytest.mark.parametrize(
    "picture",
    [
        written(0),
        written(8, side=420),
        boxed(width=8),
        boxed(width=32),
        wedge(),
        note_beside(side=380),
        band(),
        empty_leaf(),
        fat_zero(),
        fat_one(),
        corner_in_shadow(),
        with_shadow(written(4), columns=slice(0, 320)),
        with_shadow(written(4, at=(480, 240)), columns=slice(0, 220)),
        flat(PAPER),
        written(7).resize((90, 68)),
    ],
    ids=[
        "zero",
        "eight",
        "box",
        "fat box",
        "wedge",
        "note",
        "band",
        "empty",
        "fat",
        "fat one",
        "corner",
        "half in shadow",
        "beside a shadow",
        "blank",
        "tiny",
    ],
)
def test_what_is_no_leaf_among_other_things_stays_as_it_is(picture: Image.Image) -> None:
    for sheet in (picture, photograph(picture.resize(SIZE)) if min(picture.size) > 100 else picture):
        assert find_leaf(sheet) is sheet


def test_slim_area_is_no_leaf() -> None:
    """There is nothing along the edges of what is two pixels of the grid thick."""
    sheet = Image.new("L", (1023, 64), 60)
    ImageDraw.Draw(sheet).rectangle((341, 0, 565, 31), fill=220)
    assert find_leaf(sheet) is sheet


def test_note_with_the_digit_is_found_though_something_smaller_stands_beside_it() -> None:
    assert find_leaf(photograph(note_beside(side=100))).width < 200

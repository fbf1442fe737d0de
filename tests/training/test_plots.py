"""The plots: what they show can be counted; that they are beautiful is looked at."""

import io

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from model.manifest import Calibration, CalibrationBin, CurvePoint
from model.network_configs import ChapterConfig, CompactConfig
from model.networks import DigitNetwork, build_network
from training.curve_plots import draw_curves
from training.disagreement_plots import count_differences, draw_disagreement
from training.error_sheet import SheetItem, draw_sheet
from training.evaluation_plots import draw_confusion, draw_reliability
from training.network_plots import draw_feature_maps, draw_first_filters, draw_second_filters, tile
from training.plots import DPI, PALETTE, member_colour, render

_CHAPTER = ChapterConfig((20, 40), (10,), dropout=0.0)
_DENSE = ChapterConfig((), (10,), dropout=0.0)
_COMPACT = CompactConfig((12, 16, 24))


def _open(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def _network(config: ChapterConfig | CompactConfig) -> DigitNetwork:
    return build_network(config).eval()


def test_rendering_leaves_matplotlibs_settings_alone() -> None:
    before = dict(mpl.rcParams)
    render(lambda figure: figure.clear(), width_inches=1, height_inches=1)
    assert dict(mpl.rcParams) == before


def test_same_figure_gives_the_same_bytes() -> None:
    def draw(figure: Figure) -> None:
        figure.add_subplot().plot([1, 2], [1, 4])

    assert render(draw, width_inches=2, height_inches=2) == render(draw, width_inches=2, height_inches=2)


def test_plots_are_sharp_enough_for_print() -> None:
    png = draw_confusion(tuple((2,) * 10 for _ in range(10)))
    assert DPI >= 200
    assert _open(png).width > 4 * DPI


def test_colours_repeat_after_the_palette() -> None:
    assert [member_colour(member) for member in range(6)] == list(PALETTE)
    assert member_colour(6) == member_colour(0)


def test_tiles_keep_their_place_and_value() -> None:
    patches = np.arange(6.0).reshape(2, 3, 1, 1)
    mosaic = tile(patches)
    assert mosaic.shape == (2 * 56 + 4, 3 * 56 + 2 * 4)
    assert mosaic[0, 0] == 0
    assert mosaic[-1, -1] == 5
    assert mosaic[60, 0] == 3
    assert np.isnan(mosaic[57, 0])


@pytest.mark.parametrize("config", [_CHAPTER, _DENSE, _COMPACT], ids=["chapter", "dense", "compact"])
def test_filters_and_maps_of_every_kind_of_network_are_drawn(config: ChapterConfig | CompactConfig) -> None:
    network = _network(config)
    assert _open(draw_first_filters(network)).width > 500
    second = draw_second_filters(network)
    assert (second is None) == (config is _DENSE)
    image = np.full((28, 28), 0.5, dtype=np.float32)
    assert _open(draw_feature_maps(network, image)).width > 1000


def test_first_filters_of_the_chapter_lie_in_four_rows_of_five() -> None:
    picture = _open(draw_first_filters(_network(_CHAPTER)))
    assert 1.1 < picture.width / picture.height < 1.7


def test_curve_without_errors_or_validation_is_drawn() -> None:
    """A perfect epoch has no place on a logarithmic scale, a final phase no validation."""
    curves = [[CurvePoint(1, 0.1, 1.0), CurvePoint(2, 0.05, 1.0)], [CurvePoint(1, 0.1, None)]]
    curves += [[CurvePoint(epoch, 1 / epoch, 1 - 0.1 / epoch) for epoch in range(1, 4)]] * 7
    assert _open(draw_curves(curves)).width > 1000


def test_confusion_without_an_error_is_drawn() -> None:
    perfect = tuple(tuple(7 * (row == column) for column in range(10)) for row in range(10))
    assert _open(draw_confusion(perfect)).width > 500


def test_reliability_with_empty_bins_is_drawn() -> None:
    bins = tuple(CalibrationBin(i / 15, (i + 1) / 15, 0, 0.0, 0.0) for i in range(14))
    full = CalibrationBin(14 / 15, 1.0, 100, 0.99, 0.98)
    assert _open(draw_reliability(Calibration(0.01, 0.005, 0.002, (*bins, full)))).width > 500


def test_sheet_shows_black_ink_on_white_in_rows_of_eight() -> None:
    pixels = np.zeros((9, 28, 28), dtype=np.uint8)
    pixels[:, 8:20, 8:20] = 255
    items = [SheetItem(index, 3, "5") for index in range(9)]
    one_row, two_rows = (_open(draw_sheet(items[:count], pixels)) for count in (8, 9))
    assert 1.8 < two_rows.height / one_row.height < 2.2
    cell = one_row.width / 8
    centre, paper = (int(cell / 2), one_row.height // 2), (int(cell / 2), int(one_row.height * 0.15))
    assert one_row.getpixel(centre) == (0, 0, 0)
    assert one_row.getpixel(paper) == (255, 255, 255)


def test_differences_of_members_are_counted() -> None:
    votes = np.array([[1, 2, 3], [1, 2, 4], [0, 2, 4]])
    assert count_differences(votes).tolist() == [[0, 1, 2], [1, 0, 1], [2, 1, 0]]


def test_disagreement_is_drawn_for_many_members() -> None:
    votes = np.random.default_rng(0).integers(0, 10, (14, 40))
    labels = np.zeros(40, dtype=np.int64)
    assert _open(draw_disagreement(votes, labels, right=votes[0] == labels)).width > 1000

"""The light on a photographed sheet: smooth across it, and now and then a shadow with a straight edge.

Intuition: whatever the ground's colour, light scales it. Most of a sheet is ground, so a smooth surface through the
brightness of most of it is the light; what lies off that surface is ink, and is not asked. Where one surface does not do,
a phone's or a hand's shadow may lie over the sheet: a step along a straight line, sharp or soft. Filling valleys
(`ground.py`) cannot see a stroke along such an edge, since nothing there is lower than the shadow; once the sheet is
divided by its light, it can.

The surface is a least-squares fit whose weights fall with the distance from it (F. Hampel and others, "Robust Statistics",
1986). Edges are tried out on a coarse grid, by correlation with what the smooth surface leaves.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

Box = tuple[int, int, int, int]

GRID, FINE_GRID = 32, 64
"""Pixels a side of the sheet on which light is fitted, and an edge made exact."""
ROUNDS, EDGE_ROUNDS = 6, 8
"""Of weighting anew; the fit moves by less than a level afterwards."""
WIDTH_OF_WEIGHTS = 2.0
"""In deviations: what is further off counts for a quarter and less."""
FIRST_DEVIATION = 0.1
LEAST_HUE = 0.03
"""Of the mean channel; what differs more in colour than the sheet commonly does is ink, whatever its brightness."""
LEAST_DEVIATION = 0.004
"""By the brightness: one level of a white sheet."""
DARKEST = 0.2
"""Of the brightest light; noise is not lightened further."""
ANGLES, PLACES, SOFTNESSES = 24, 15, (0.03, 0.1)
"""The edges tried: directions, offsets along each, widths by the sheet's half side."""
SHARPEST, SOFTEST = 0.008, 0.25
CANDIDATES = 4
NO_MORE_THAN = 3.0
"""In deviations: what is further off is ink, and must not outweigh an edge."""
EDGE_WORTH_TRYING = 0.12
"""Of the squares that the smooth surface leaves: what the best edge explains of them."""
EDGE_GAIN = 0.8
"""An edge is believed where it brings what remains, by the median, below this share."""


@dataclass(frozen=True)
class Edge:
    """A shadow's edge in coordinates from -1 to 1 across the sheet."""

    turn: float
    """Radians from the columns' axis to the direction out of the shadow (or into it)."""
    offset: float
    softness: float

    def lit(self, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Give how far each place is beyond the edge, 0 to 1."""
        return np.asarray(0.5 + 0.5 * np.tanh(self._distance(columns, rows) / (2 * self.softness)))

    def changes(self, columns: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
        """Give how `lit` changes with turn, offset and the logarithm of the softness."""
        lit = self.lit(columns, rows)
        slope = lit * (1 - lit) / self.softness
        along = math.cos(self.turn) * rows - math.sin(self.turn) * columns
        return [slope * along, -slope, -slope * self._distance(columns, rows)]

    def moved(self, turn: float, offset: float, softness: float) -> "Edge":
        """Move by such changes, but never far at once."""
        turned, shifted, softened = (min(max(change, -0.1), 0.1) for change in (turn, offset, softness / 4))
        width = self.softness * math.exp(4 * softened)
        return Edge(self.turn + turned, self.offset + shifted, min(max(width, SHARPEST), SOFTEST))

    def _distance(self, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.asarray(math.cos(self.turn) * columns + math.sin(self.turn) * rows - self.offset)


@dataclass(frozen=True)
class Light:
    """How bright the sheet's ground is at every place, by its brightest."""

    size: tuple[int, int]
    """Width and height of the sheet."""
    weights: np.ndarray
    edge: Edge | None

    def at(self, box: Box, shape: tuple[int, ...]) -> np.ndarray:
        """Give the light on a grid (height, width) over a rectangle of the sheet: float32, at most about 1."""
        height, width = shape[:2]
        columns = (box[0] + (np.arange(width) + 0.5) * (box[2] - box[0]) / width) / self.size[0] * 2 - 1
        rows = (box[1] + (np.arange(height) + 0.5) * (box[3] - box[1]) / height) / self.size[1] * 2 - 1
        surfaces = _surfaces(columns.astype(np.float32)[None, :], rows.astype(np.float32)[:, None], self.edge)
        light = sum(weight * surface for weight, surface in zip(self.weights.tolist(), surfaces, strict=True))
        return np.maximum(np.asarray(light, np.float32), np.float32(DARKEST))


def fit_light(sheet: Image.Image) -> Light:
    """Fit the light to a sheet.

    Parameters
    ----------
    sheet
        Mode L, RGB or F.

    Returns
    -------
    Light
        By which the sheet can be divided.
    """
    ground = _shrunk(sheet, GRID)
    fit = _fitted(None, ground)
    edges = _edges_worth_trying(fit)
    if edges:
        with_edge = min((_fitted(edge, ground, rounds=2) for edge in edges), key=lambda one: one.typical)
        if with_edge.typical < EDGE_GAIN * fit.typical:
            fit = _made_exact(with_edge, _shrunk(sheet, FINE_GRID))
    brightest = float(np.percentile(_matrix(fit.edge, GRID) @ fit.weights, 98))
    return Light(sheet.size, fit.weights / brightest, fit.edge)


@dataclass(frozen=True)
class _Fit:
    """Surfaces fitted to most of a sheet's brightness."""

    edge: Edge | None
    weights: np.ndarray
    rest: np.ndarray
    """What remains of the brightness."""
    typical: float
    """Its median, never quite 0."""

    def trust(self, least: float = 0.0) -> np.ndarray:
        """Give the weight of each pixel in the next fit, whose deviations are taken for at least this."""
        return _trust(self.rest, WIDTH_OF_WEIGHTS * max(1.5 * self.typical, least))


@dataclass(frozen=True)
class _Shrunk:
    """A sheet's brightness on a grid, and how far each pixel may be ground, by its colour."""

    grey: np.ndarray
    trust: np.ndarray


def _shrunk(sheet: Image.Image, side: int) -> _Shrunk:
    small = np.asarray(sheet.resize((side, side), Image.Resampling.BOX), np.float32) + 1
    if small.ndim == 2:
        return _Shrunk(small.ravel(), np.ones(side * side, np.float32))
    colours = small.reshape(-1, 3)
    grey = colours.mean(axis=1)
    hues = colours / grey[:, None]
    apart = np.abs(hues - np.median(hues, axis=0)).max(axis=1)
    return _Shrunk(grey, _trust(apart, WIDTH_OF_WEIGHTS * (float(np.median(apart)) + LEAST_HUE)))


def _trust(rest: np.ndarray, width: float) -> np.ndarray:
    return np.asarray(1 / np.square(1 + np.square(rest / width)))


def _surfaces(columns: np.ndarray, rows: np.ndarray, edge: Edge | None) -> list[np.ndarray]:
    """Give what light is made of: slopes and bends, and the same beyond the edge."""
    one = np.ones_like(columns)
    surfaces = [one, columns, rows, columns * columns, columns * rows, rows * rows]
    if edge is not None:
        lit = edge.lit(columns, rows)
        surfaces += [lit, lit * columns, lit * rows]
    return surfaces


def _fitted(edge: Edge | None, ground: _Shrunk, *, rounds: int = ROUNDS) -> _Fit:
    matrix = _matrix(edge, GRID)
    trust = ground.trust
    for _ in range(rounds):
        fit = _judged(edge, matrix, _solved(matrix, ground.grey, trust), ground.grey)
        trust = ground.trust * fit.trust()
    return fit


def _solved(matrix: np.ndarray, grey: np.ndarray, trust: np.ndarray) -> np.ndarray:
    trusted = matrix * trust[:, None]
    return np.linalg.solve(trusted.T @ matrix + 1e-3 * np.eye(matrix.shape[1]), trusted.T @ grey)


def _judged(edge: Edge | None, matrix: np.ndarray, weights: np.ndarray, grey: np.ndarray) -> _Fit:
    rest = grey - matrix @ weights
    return _Fit(edge, weights, rest, float(np.median(np.abs(rest))) + LEAST_DEVIATION * float(grey.mean()))


def _made_exact(fit: _Fit, ground: _Shrunk) -> _Fit:
    """Turn, shift and soften the edge until it fits (Gauss and Newton's method)."""
    edge, grey = fit.edge, ground.grey
    columns, rows = _places(FINE_GRID)
    matrix = _matrix(edge, FINE_GRID)
    best = fit = _judged(edge, matrix, fit.weights, grey)
    for number in range(EDGE_ROUNDS):
        assert edge is not None
        # What lies along the edge fits badly until the edge is right, and must be heard for that.
        least = FIRST_DEVIATION * float(grey.mean()) * (1 - number / EDGE_ROUNDS)
        height = fit.weights[6] + fit.weights[7] * columns + fit.weights[8] * rows
        moves = np.stack([height * change for change in edge.changes(columns, rows)], axis=1)
        solved = _solved(np.concatenate([matrix, moves], axis=1), grey, ground.trust * fit.trust(least))
        edge = edge.moved(*solved[9:].tolist())
        matrix = _matrix(edge, FINE_GRID)
        fit = _judged(edge, matrix, _solved(matrix, grey, ground.trust * fit.trust(least)), grey)
        best = min(best, fit, key=lambda one: one.typical)
    return best


def _edges_worth_trying(fit: _Fit) -> list[Edge]:
    """Find the edges that go best with what the smooth surface leaves, if any do."""
    edges, steps = _bank()
    limit = NO_MORE_THAN * fit.typical
    limited = np.clip(fit.rest, -limit, limit).astype(np.float32)
    explained = np.square(steps @ limited) / max(float(limited @ limited), 1e-6)
    best = np.argsort(explained)[-CANDIDATES:][::-1]
    return [edges[number] for number in best if explained[number] >= EDGE_WORTH_TRYING]


@lru_cache(maxsize=2)
def _places(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Give column and row of each pixel of a grid, from -1 to 1."""
    places = ((np.arange(side) + 0.5) / side * 2 - 1).astype(np.float32)
    rows, columns = np.meshgrid(places, places, indexing="ij")
    return columns.ravel(), rows.ravel()


@lru_cache(maxsize=8)
def _matrix(edge: Edge | None, side: int) -> np.ndarray:
    """Give the surfaces on a grid, a row for each pixel."""
    return np.stack(_surfaces(*_places(side), edge), axis=1)


@lru_cache(maxsize=1)
def _bank() -> tuple[list[Edge], np.ndarray]:
    """Make all edges that are tried, and what each adds to the smooth surfaces, as unit vectors."""
    edges = [
        Edge(float(turn), float(offset), softness)
        for turn in np.arange(ANGLES) * np.pi / ANGLES
        for offset in np.linspace(-0.9, 0.9, PLACES) * (abs(np.cos(turn)) + abs(np.sin(turn)))
        for softness in SOFTNESSES
    ]
    smooth, _ = np.linalg.qr(_matrix(None, GRID))
    steps = np.stack([edge.lit(*_places(GRID)) for edge in edges])
    steps -= (steps @ smooth) @ smooth.T
    return edges, np.asarray(steps / np.linalg.norm(steps, axis=1, keepdims=True), np.float32)

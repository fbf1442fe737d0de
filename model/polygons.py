"""Convex polygons around masks: the hull, the four sides that fit it best, what lies within, and perspective.

Corners are float64 (count, 2), column and row, clockwise as seen; a mask's pixel covers a square of 1.
"""

import numpy as np


def convex_hull(mask: np.ndarray) -> np.ndarray:
    """Give the corners of the convex hull of a mask's pixels.

    Parameters
    ----------
    mask
        Bool (height, width), true somewhere.

    Returns
    -------
    numpy.ndarray
        The corners (count, 2). Source: A. Andrew, "Another efficient algorithm for convex hulls in two dimensions", 1979.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    lefts = mask[rows].argmax(axis=1).tolist()
    rights = (mask.shape[1] - mask[rows][:, ::-1].argmax(axis=1)).tolist()
    edges = [(row + end) for row in rows.tolist() for end in (0, 1)]
    up = _turning_right([(lefts[place // 2], row) for place, row in enumerate(edges)][::-1])
    down = _turning_right([(rights[place // 2], row) for place, row in enumerate(edges)])
    return np.array(up + down, np.float64)


def _turning_right(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Leave out the points at which a way does not turn right."""
    kept: list[tuple[int, int]] = []
    for x, y in points:
        while len(kept) > 1:
            (x0, y0), (x1, y1) = kept[-2:]
            if (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0:
                break
            kept.pop()
        kept.append((x, y))
    return kept


def quadrilateral(polygon: np.ndarray) -> np.ndarray | None:
    """Take away sides of a convex polygon until four are left, each time the one whose loss adds least.

    Parameters
    ----------
    polygon
        Its corners.

    Returns
    -------
    numpy.ndarray or None
        Four corners, the upper left one first; none where there were fewer, or sides that remain do not meet.
    """
    polygon = polygon.copy()
    while len(polygon) > 4:
        before, start, end, after = (np.roll(polygon, turn, axis=0) for turn in (1, 0, -1, -2))
        first, second = start - before, after - end
        turn = _cross(first, second)
        meets = turn > 0  # as the neighbours of a side do beyond it, where they turn by less than half a round
        reach = _cross(end - start, second) / np.where(meets, turn, 1)
        meeting = start + reach[:, None] * first
        added = np.where(meets, np.abs(_cross(end - start, meeting - start)), np.inf)
        least = int(added.argmin())
        if not meets[least]:
            return None
        polygon[least] = meeting[least]
        polygon = np.delete(polygon, (least + 1) % len(polygon), axis=0)
    return None if len(polygon) < 4 else np.roll(polygon, -int(polygon.sum(axis=1).argmin()), axis=0)


def _cross(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.asarray(first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0])


def sides_of(polygon: np.ndarray) -> np.ndarray:
    """Give the way from each corner to the next."""
    return np.asarray(np.roll(polygon, -1, axis=0) - polygon)


def depth_within(polygon: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Give how far within a polygon the middle of each pixel lies, from its nearest side; negative outside.

    Parameters
    ----------
    polygon
        Its corners.
    shape
        Height and width of the grid.

    Returns
    -------
    numpy.ndarray
        Float64 (height, width), pixels.
    """
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    depths = [
        (side[0] * (rows - start[1]) - side[1] * (columns - start[0])) / max(float(np.hypot(*side)), 1e-6)
        for start, side in zip(polygon, sides_of(polygon), strict=True)
    ]
    return np.asarray(np.minimum.reduce(depths))


def perspective(sources: np.ndarray, targets: np.ndarray) -> list[float]:
    """Give the eight numbers, as Pillow wants them, of the perspective that takes four points to four others."""
    rows = []
    for (x, y), (u, v) in zip(sources, targets, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    solved: list[float] = np.linalg.solve(np.array(rows), targets.ravel()).tolist()
    return solved

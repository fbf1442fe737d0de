"""The check of what a JPEG's segments say to each other: tables, components, and the scans that ask for them.

libjpeg finds such faults only where it meets them: in the last of ten scans, after a tenth of a second. Here they are found
before anything is decoded. Nothing is refused that libjpeg would decode, but for tables that are broken and never asked for.

Source: ITU-T T.81 (1992), annexes B.2, C and G.1.1.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from model.errors import PictureDamagedError

HUFFMAN_TABLES, SCAN, QUANTISATION_TABLES, RESTART_INTERVAL = 0xC4, 0xDA, 0xDB, 0xDD
PROGRESSIVE = 0xC2
DC, AC = 0, 1
MOST_TABLES, MOST_CODES, LONGEST_CODE_BITS = 4, 256, 16
HIGHEST_DC_SYMBOL = 15
STANDARD_TABLES = {(DC, 0), (DC, 1), (AC, 0), (AC, 1)}
"""What libjpeg takes to be there where a JPEG is not progressive: webcams' frames leave them out."""
MOST_BLOCKS_AT_ONCE = 10
MOST_COMPONENTS_AT_ONCE = 4
LAST_COEFFICIENT, LOWEST_BIT = 63, 13


@dataclass(frozen=True)
class _Component:
    blocks: int
    """In the smallest part of a scan that holds all components."""
    quantisation_table: int


class Tables:
    """What the segments so far have defined."""

    def __init__(self) -> None:
        self._is_progressive = False
        self._components: dict[int, _Component] = {}
        self._huffman: set[tuple[int, int]] = set()
        self._quantisation: set[int] = set()

    def look_at(self, marker: int, body: bytes) -> None:
        """Check a segment, and note what it defines.

        Parameters
        ----------
        marker
            Of a segment other than a frame's header.
        body
            What comes after its length.

        Raises
        ------
        PictureDamagedError
            If it is broken, or a scan asks for what is not there.
        """
        if marker == HUFFMAN_TABLES:
            self._huffman.update(_huffman_tables(body))
        elif marker == QUANTISATION_TABLES:
            self._quantisation.update(_quantisation_tables(body))
        elif marker == RESTART_INTERVAL and len(body) != 2:
            raise PictureDamagedError(f"the JPEG's restart interval has {len(body)} bytes, not 2")
        elif marker == SCAN:
            self._check_scan(body)

    def begin_frame(self, marker: int, body: bytes) -> None:
        """Note a frame's components; the decoder checks them before it decodes."""
        self._is_progressive = marker == PROGRESSIVE
        self._huffman |= set() if self._is_progressive else STANDARD_TABLES
        for number, factors, table in zip(body[6::3], body[7::3], body[8::3], strict=False):
            self._components[number] = _Component((factors >> 4) * (factors & 15), table)

    def _check_scan(self, body: bytes) -> None:
        count = body[0] if body else 0
        if not 1 <= count <= MOST_COMPONENTS_AT_ONCE or len(body) != 4 + 2 * count:
            raise PictureDamagedError(f"the JPEG has a scan of {count} components whose header has {len(body)} bytes")
        numbers, tables = body[1 : 1 + 2 * count : 2], body[2 : 2 + 2 * count : 2]
        first, last, bits = body[-3:]
        if not set(numbers) <= set(self._components) or len(set(numbers)) < count:
            raise PictureDamagedError(
                f"the JPEG has a scan of the components {list(numbers)}, which are not in its frame"
            )
        components = [self._components[number] for number in numbers]
        if count > 1 and sum(component.blocks for component in components) > MOST_BLOCKS_AT_ONCE:
            raise PictureDamagedError(f"the JPEG has a scan of more than {MOST_BLOCKS_AT_ONCE} blocks at once")
        if self._is_progressive:
            _check_progression(first, last, bits, count)
        missing = {component.quantisation_table for component in components} - self._quantisation
        absent = {key for pair in tables for key in self._asked_for(pair, first, bits)} - self._huffman
        if missing or absent:
            raise PictureDamagedError("the JPEG has a scan that asks for a table which is not there")

    def _asked_for(self, pair: int, first: int, bits: int) -> Iterator[tuple[int, int]]:
        """Give the Huffman tables that a component's scan reads: later bits of its first coefficient need none."""
        if not self._is_progressive or (first == 0 and bits >> 4 == 0):
            yield DC, pair >> 4
        if not self._is_progressive or first > 0:
            yield AC, pair & 15


def _check_progression(first: int, last: int, bits: int, count: int) -> None:
    """Check which coefficients a progressive scan has, and which of their bits."""
    coefficients_fit = last == 0 if first == 0 else first <= last <= LAST_COEFFICIENT and count == 1
    earlier, lowest = bits >> 4, bits & 15
    if not coefficients_fit or lowest > LOWEST_BIT or (earlier and lowest != earlier - 1):
        raise PictureDamagedError(
            f"the JPEG has a scan of coefficients {first} to {last}, bits {earlier} to {lowest}, of {count} components"
        )


def _huffman_tables(body: bytes) -> Iterator[tuple[int, int]]:
    """Give the kind and number of each table in a segment."""
    while body:
        kind, number, counts = body[0] >> 4, body[0] & 15, body[1 : 1 + LONGEST_CODE_BITS]
        end = 1 + LONGEST_CODE_BITS + sum(counts)
        symbols = body[1 + LONGEST_CODE_BITS : end]
        fits = kind in (DC, AC) and number < MOST_TABLES and len(body) >= end and len(symbols) <= MOST_CODES
        if not fits or not _are_codes(counts) or (kind == DC and max(symbols, default=0) > HIGHEST_DC_SYMBOL):
            raise PictureDamagedError("the JPEG has a broken Huffman table")
        yield kind, number
        body = body[end:]


def _are_codes(counts: bytes) -> bool:
    """Say whether there are so many codes of each length, from one bit on, none of them of ones only."""
    code = 0
    for length, count in enumerate(counts, start=1):
        code += count
        if count and code >= 1 << length:
            return False
        code <<= 1
    return True


def _quantisation_tables(body: bytes) -> Iterator[int]:
    """Give the number of each table in a segment."""
    while body:
        size = 1 + 64 * (2 if body[0] >> 4 else 1)
        if body[0] & 15 >= MOST_TABLES or len(body) < size:
            raise PictureDamagedError("the JPEG has a broken quantisation table")
        yield body[0] & 15
        body = body[size:]

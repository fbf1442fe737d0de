import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.deflate import UnpackingError, crc32, store, unpack, unpack_pieces

CONTENT = bytes(range(256)) * 1000


@pytest.mark.parametrize("size", [0, 1, 65_534, 65_535, 65_536, 131_070, 200_000])
def test_stored_stream_is_read_by_pythons_own_zlib(size: int) -> None:
    assert zlib.decompress(store(CONTENT[:size])) == CONTENT[:size]


def test_no_more_is_unpacked_than_asked() -> None:
    packed = zlib.compress(CONTENT)
    assert unpack(packed, 1000) == CONTENT[:1000]
    assert unpack(memoryview(packed), len(CONTENT) + 1) == CONTENT
    assert CONTENT.startswith(unpack(packed[:-9], len(CONTENT)))


def test_damage_is_found() -> None:
    with pytest.raises(UnpackingError, match="incorrect"):
        unpack(b"no stream", 10)


def test_checksum_is_pngs() -> None:
    assert crc32(CONTENT) == zlib.crc32(CONTENT)


@given(
    part_bytes=st.integers(1, 50_000),
    piece_bytes=st.integers(200, 50_000),
    most_bytes=st.integers(0, len(CONTENT) + 9),
    level=st.integers(0, 9),
)
def test_pieces_are_the_content_wherever_the_stream_is_cut(
    part_bytes: int, piece_bytes: int, most_bytes: int, level: int
) -> None:
    packed = zlib.compress(CONTENT, level)
    parts = (packed[start : start + part_bytes] for start in range(0, len(packed), part_bytes))
    pieces = list(unpack_pieces(parts, most_bytes, piece_bytes=piece_bytes))
    assert b"".join(pieces) == CONTENT[:most_bytes]
    assert max(map(len, pieces), default=0) <= piece_bytes


def row_by_row(rows: int) -> bytes:
    """Pack rows of a pixel and flush after each, which takes more room than any encoder is known to take."""
    packer = zlib.compressobj()
    return b"".join(packer.compress(bytes([0, row % 251])) + packer.flush(zlib.Z_FULL_FLUSH) for row in range(rows))


def test_stream_of_the_shortest_rows_is_unpacked() -> None:
    assert len(unpack(row_by_row(16_384), 40_000, most_flushes=16_384)) == 2 * 16_384


@pytest.mark.parametrize("strategy", [zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE])
@pytest.mark.parametrize(("level", "memory"), [(0, 9), (1, 1), (9, 1), (9, 9)])
def test_stream_of_any_encoder_is_unpacked(strategy: int, level: int, memory: int) -> None:
    """Noise flushed after each short row takes most room."""
    rows = np.random.default_rng(0).integers(0, 256, (9000, 9), np.uint8)
    packer = zlib.compressobj(level, memLevel=memory, strategy=strategy)
    packed = b"".join(packer.compress(row.tobytes()) + packer.flush(zlib.Z_FULL_FLUSH) for row in rows)
    assert unpack(packed, rows.size, most_flushes=len(rows)) == rows.tobytes()


EMPTY_BLOCKS = {
    "stored": bytes.fromhex("000000ffff"),
    "fixed": bytes.fromhex("0208208000"),
    "with codes of their own": bytes.fromhex(
        "04c081000000000090ff6b100007020000000040feaf41001c080000000000f9bf060170200000000000e4ff1a"
    ),
}
"""Each leaves the next at the start of a byte, as nothing in it says how many there are."""


@pytest.mark.parametrize("blocks", EMPTY_BLOCKS.values(), ids=EMPTY_BLOCKS)
def test_stream_that_holds_nothing_is_given_up_soon(blocks: bytes) -> None:
    """Empty blocks, 5 MiB of them, took a third of a second before the picture was refused."""
    taken: list[int] = []

    def parts() -> Iterator[bytes]:
        yield b"\x78\x01"
        for _ in range(100):
            taken.append(1000 * len(blocks))
            yield 1000 * blocks

    with pytest.raises(UnpackingError, match="packed bytes hold only 0"):
        list(unpack_pieces(parts(), 1_000_000, piece_bytes=1000))
    assert sum(taken) < 100_000
    with pytest.raises(UnpackingError, match="packed bytes hold only 0"):
        unpack(b"\x78\x01" + 100_000 * blocks, 1_000_000)


@pytest.mark.parametrize("blocks", EMPTY_BLOCKS.values(), ids=EMPTY_BLOCKS)
def test_what_a_stream_holds_pays_for_few_empty_blocks(blocks: bytes) -> None:
    """A canvas's rows but for the last byte, then empty blocks, four times as many bytes, took 80 ms."""
    packer = zlib.compressobj()
    rows = packer.compress(bytes(299_999)) + packer.flush(zlib.Z_FULL_FLUSH)
    with pytest.raises(UnpackingError, match=r"its first 4\d{5} packed bytes hold only 299999"):
        unpack(rows + 1_000_000 // len(blocks) * blocks, 300_000)

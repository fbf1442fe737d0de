import zlib

import pytest

from model.deflate import UnpackingError, crc32, store, unpack

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

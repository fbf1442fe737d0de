"""The one thing that Tenfold reads from EXIF: which way up the picture is.

Pillow can do it too, but parses every tag of every directory to find one; a phone's EXIF block holds hundreds, some of
them broken. Here sixteen bits are looked up in the first directory and anything odd means "upright".

Source: Exif 2.32 (CIPA DC-008), tag 0x0112 in IFD0 of the TIFF structure.
"""

import struct

ORIENTATION_TAG = 0x0112
SHORT = 3
MAX_ENTRIES = 512
"""Phones write about 15 entries to the first directory."""


def read_orientation(block: bytes) -> int:
    """Find the orientation in an EXIF block.

    Parameters
    ----------
    block
        The TIFF structure, with or without the six bytes that JPEG puts before it.

    Returns
    -------
    int
        1 to 8; 1, upright, where the block does not say or makes no sense.
    """
    tiff = block[6:] if block.startswith(b"Exif\0\0") else block
    byte_order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if byte_order is None or len(tiff) < 8:
        return 1
    (directory,) = struct.unpack_from(f"{byte_order}I", tiff, 4)
    if directory + 2 > len(tiff):
        return 1
    (entries,) = struct.unpack_from(f"{byte_order}H", tiff, directory)
    return _orientation_of(tiff, byte_order, range(directory + 2, len(tiff) - 11, 12)[: min(entries, MAX_ENTRIES)])


def _orientation_of(tiff: bytes, byte_order: str, entry_offsets: range) -> int:
    for offset in entry_offsets:
        tag, kind, _count, value = struct.unpack_from(f"{byte_order}HHIH", tiff, offset)
        if tag == ORIENTATION_TAG:
            return value if kind == SHORT and 1 <= value <= 8 else 1
    return 1

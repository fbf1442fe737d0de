"""The check of a JPEG: its segments and scans, without decoding.

libjpeg fills what is missing with grey and only warns, and Pillow hears no warnings; a file cut short is found here by its
missing end marker or by scans with fewer bits than the blocks need. The number of scans is bounded because a progressive
file can ask for a pass over all pixels with a few bytes. MPO, which phones also call JPEG, is JPEG pictures in a row: only
the first is handed on.

Source: ITU-T T.81 (1992), annex B; for scans as an attack: "Two Issues with the JPEG Standard", libjpeg-turbo project, 2015.
"""

import struct

import numpy as np

from model.containers import MAX_METADATA_BLOCKS, CheckedContent, PictureLimits, check_size
from model.errors import PictureDamagedError, PictureFormatError, PictureTooLargeError
from model.exif import read_orientation
from model.jpeg_tables import HUFFMAN_TABLES, QUANTISATION_TABLES, RESTART_INTERVAL, Tables

SIGNATURE = b"\xff\xd8\xff"
MAX_SCANS = 32
"""libjpeg's own progressive script has 10; the longest optimised ones in use have about 20."""
SCANS_OF_THE_LARGEST = 13
"""Of as many pixels as are allowed; 32 scans of 16 megapixels, 100 kB in all, took a third of a second."""
HUFFMAN_FRAMES = (0xC0, 0xC1, 0xC2)
OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
START_OF_SCAN, END_OF_IMAGE, APP0, APP1, APP14, COMMENT = 0xDA, 0xD9, 0xE0, 0xE1, 0xEE, 0xFE
LINES = 0xDC
"""The marker that tells the height after the first scan, which decoders leave unread."""
KEPT = (HUFFMAN_TABLES, START_OF_SCAN, QUANTISATION_TABLES, RESTART_INTERVAL, *HUFFMAN_FRAMES)
STANDALONE = (0x01, *range(0xD0, 0xD9))
"""Markers without a body: TEM, restarts, start of image."""


class _Walk:
    """One pass over the segments; collects what the pixels need."""

    def __init__(self, content: bytes, limits: PictureLimits) -> None:
        self.content = content
        self.limits = limits
        self.kept = [b"\xff\xd8"]
        self.size = (0, 0)
        self.orientation = 1
        self.metadata_segments = 0
        self.scans = 0
        self.scan_bytes = 0
        self._tables = Tables()
        self._marker_positions: np.ndarray | None = None

    def run(self) -> CheckedContent:
        position = 2
        while True:
            marker, position = self._next_marker(position)
            if marker == END_OF_IMAGE:
                break
            if marker not in STANDALONE:
                position = self._take_segment(marker, position)
        self._check_scans()
        self.kept.append(b"\xff\xd9")
        return CheckedContent(b"".join(self.kept), *self.size, self.orientation)

    def _next_marker(self, position: int) -> tuple[int, int]:
        """Give the marker at a position, fill bytes skipped, and the position after it."""
        start = position
        while self.content[position : position + 1] == b"\xff":
            position += 1
        if position >= len(self.content):
            raise PictureDamagedError(
                f"the JPEG ends at byte {len(self.content)} without its end marker; send all of it"
            )
        if position == start:
            raise PictureDamagedError(f"the JPEG has no marker at byte {position}, where a segment must begin")
        return self.content[position], position + 1

    def _take_segment(self, marker: int, position: int) -> int:
        if position + 2 > len(self.content):
            raise PictureDamagedError(f"the JPEG ends in a segment's length at byte {position}; send the whole file")
        end = position + struct.unpack_from(">H", self.content, position)[0]
        if end > len(self.content) or end < position + 2:
            raise PictureDamagedError(
                f"the JPEG's segment at byte {position} ends at {end} of {len(self.content)} bytes"
            )
        body = self.content[position + 2 : end]
        self._look_at(marker, body)
        data_end = self._end_of_scan(end) if marker == START_OF_SCAN else end
        self._tables.look_at(marker, body)
        if self._is_metadata(marker, body):
            self.metadata_segments += 1
            if self.metadata_segments > MAX_METADATA_BLOCKS:
                raise PictureDamagedError(f"the JPEG has more than {MAX_METADATA_BLOCKS} metadata segments")
        else:
            self.kept.append(bytes((0xFF, marker)) + self.content[position:data_end])
        return data_end

    def _look_at(self, marker: int, body: bytes) -> None:
        if marker in OTHER_FRAMES:
            raise PictureFormatError(
                f"the JPEG is of the rare kind 0x{marker:02X}; baseline and progressive are allowed"
            )
        if marker in HUFFMAN_FRAMES:
            if len(body) < 6 or self.size != (0, 0):
                raise PictureDamagedError("the JPEG's frame header is cut or comes twice")
            height, width = struct.unpack_from(">HH", body, 1)
            check_size(width, height, self.limits)
            self.size = (width, height)
            self._tables.begin_frame(marker, body)
        if marker == APP1 and body.startswith(b"Exif\0\0"):
            self.orientation = read_orientation(body)

    def _is_metadata(self, marker: int, body: bytes) -> bool:
        """Say whether pixels can do without it; JFIF and Adobe segments tell the colour space."""
        needed = (marker == APP0 and body.startswith(b"JFIF\0")) or (marker == APP14 and body.startswith(b"Adobe"))
        if marker not in KEPT and marker not in (COMMENT, LINES) and not APP0 <= marker <= 0xEF:
            raise PictureDamagedError(f"the JPEG has a segment of the unknown kind 0x{marker:02X}")
        return marker not in KEPT and not needed

    def _end_of_scan(self, start: int) -> int:
        self.scans += 1
        if self.size == (0, 0):
            raise PictureDamagedError("the JPEG has a scan before its frame header")
        if self.scans > MAX_SCANS:
            raise PictureDamagedError(f"the JPEG has more than {MAX_SCANS} scans; save it again as baseline")
        if self.scans * self.size[0] * self.size[1] > SCANS_OF_THE_LARGEST * self.limits.max_pixels:
            raise PictureTooLargeError(
                f"the JPEG has {self.scans} scans of {self.size[0]} x {self.size[1]} pixels; "
                f"at most {SCANS_OF_THE_LARGEST * self.limits.max_pixels} pixels in all scans are allowed; "
                "save it again as baseline"
            )
        if self._marker_positions is None:
            self._marker_positions = _find_markers(self.content)
        following = self._marker_positions[np.searchsorted(self._marker_positions, start) :]
        end = int(following[0]) if len(following) else len(self.content)
        self.scan_bytes += end - start
        return end

    def _check_scans(self) -> None:
        """Compare the scans with the fewest bytes that the first component's blocks can take: a bit each."""
        fewest = -(-self.size[0] // 8) * -(-self.size[1] // 8) // 8
        if not self.scans or self.scan_bytes < fewest:
            raise PictureDamagedError(
                f"the JPEG's scans hold {self.scan_bytes} bytes; "
                f"{self.size[0]} x {self.size[1]} pixels need {fewest} or more"
            )


def check_jpeg(content: bytes, limits: PictureLimits) -> CheckedContent:
    """Check a JPEG, or the first picture of an MPO, without decoding it.

    Parameters
    ----------
    content
        The file; it starts with a start-of-image marker. Bytes after the end marker are dropped.
    limits
        The largest picture allowed.

    Returns
    -------
    CheckedContent
        The same pixels in a JPEG without metadata.

    Raises
    ------
    PictureFormatError
        If it is lossless, hierarchical or arithmetically coded.
    PictureDamagedError
        If it is cut, contradicts itself, or has too many scans or segments.
    PictureTooLargeError
        If it has more pixels than the limits allow, or too many in all its scans.
    """
    return _Walk(content, limits).run()


def _find_markers(content: bytes) -> np.ndarray:
    """Find every marker that ends a scan: 0xFF not followed by a stuffed zero, a restart or another 0xFF."""
    values = np.frombuffer(content, np.uint8)
    positions = np.flatnonzero(values[:-1] == 0xFF)
    following = values[positions + 1]
    ends_scan = (following != 0) & (following != 0xFF) & ((following < 0xD0) | (following > 0xD7))
    return np.asarray(positions[ends_scan])

"""The metadata of a PNG: dropped unread, yet counted, and bombs among it refused.

Pillow unpacks compressed texts and profiles. Here they are unpacked only to see that they are no bombs, and of them only the
beginning, since unpacking costs time whatever comes out.
"""

from model.containers import MAX_METADATA_BLOCKS
from model.deflate import UnpackingError, unpack
from model.errors import PictureDamagedError, PictureFormatError

MAX_UNPACKED_METADATA_BYTES = 1 << 20
"""All compressed texts and profiles together. An sRGB profile has 3 kB, a printer's 600 kB."""
MAX_PACKED_METADATA_BYTES = 1 << 16
"""What is unpacked of them, to see whether they are bombs; a bomb of 60 MB has 60 kB."""
COMPRESSED_METADATA = (b"zTXt", b"iTXt", b"iCCP")


class MetadataBudget:
    """Counts one PNG's metadata chunks and what their compressed parts unpack to."""

    def __init__(self) -> None:
        self.chunks_left = MAX_METADATA_BLOCKS
        self.bytes_left = MAX_UNPACKED_METADATA_BYTES
        self.packed_bytes_left = MAX_PACKED_METADATA_BYTES

    def spend(self, kind: bytes, body: memoryview) -> None:
        """Look at a chunk that pixels can do without.

        Raises
        ------
        PictureFormatError
            If it tells of an animation.
        PictureDamagedError
            If pixels cannot do without it, or all chunks together are too many or unpack to too much.
        """
        if kind == b"acTL":
            raise PictureFormatError("the picture is an animated PNG; PNG, JPEG and still WebP are allowed")
        if kind[:1].isupper():
            raise PictureDamagedError(f"the PNG has the unknown critical chunk {kind!r}")
        self.chunks_left -= 1
        if self.chunks_left < 0:
            raise PictureDamagedError(f"the PNG has more than {MAX_METADATA_BLOCKS} metadata chunks")
        if kind in COMPRESSED_METADATA:
            self._unpack(kind, bytes(body))

    def _unpack(self, kind: bytes, body: bytes) -> None:
        start = body.find(b"\x78", body.find(b"\0") + 1)  # zlib's first byte: 32 kB window, method deflate
        if start < 0:
            return  # an iTXt chunk may be uncompressed
        packed = body[start : start + self.packed_bytes_left]
        self.packed_bytes_left -= len(packed)
        try:
            unpacked = unpack(packed, self.bytes_left + 1)
        except UnpackingError:
            return  # it is dropped unread; a broken comment does not make a broken picture
        self.bytes_left -= len(unpacked)
        if self.bytes_left < 0:
            raise PictureDamagedError(
                f"the PNG's chunk {kind!r} unpacks to more than {MAX_UNPACKED_METADATA_BYTES} bytes of metadata"
            )

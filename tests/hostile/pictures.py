"""Pictures that want to do harm or are merely awkward, built here: none is stored in the repository."""

import io
import struct
import zlib
from collections.abc import Iterable

from PIL import Image, ImageCms, ImageDraw

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, RGBA = 0, 2, 6


def chunk(kind: bytes, content: bytes = b"", *, crc: int | None = None) -> bytes:
    """Write one PNG chunk."""
    right = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", right if crc is None else crc)


def header(width: int, height: int, *, bits: int = 8, colour: int = GREY) -> bytes:
    """Write a PNG's first chunk."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))


def zeros(count: int) -> bytes:
    """Compress zeros without ever holding them, as tightly as can be, which zlib takes longest to unpack."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(
        [*(packer.compress(block[: min(len(block), count - at)]) for at in range(0, count, len(block))), packer.flush()]
    )


def bomb(width: int, height: int, *, bits: int = 8, colour: int = GREY) -> bytes:
    """Draw a black PNG of any size in next to no bytes."""
    channels = 4 if colour == RGBA else 1
    row_bytes = 1 + (width * bits * channels + 7) // 8
    content = zeros(row_bytes * height)
    return SIGNATURE + header(width, height, bits=bits, colour=colour) + chunk(b"IDAT", content) + chunk(b"IEND")


Colour = int | str | tuple[int, ...]


def stroke(size: tuple[int, int] = (28, 28), *, mode: str = "L", paper: Colour = 0, ink: Colour = 255) -> Image.Image:
    """Draw something like a 1."""
    picture = Image.new(mode, size, paper)
    width, height = size
    line = [(width // 2, height // 5), (width // 2, height * 4 // 5)]
    ImageDraw.Draw(picture).line(line, fill=ink, width=max(1, width // 10))
    return picture


def encode(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Encode a picture."""
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def png_with(*chunks: bytes, before_data: bool = True) -> bytes:
    """Put chunks into a sound PNG."""
    sound = encode(stroke())
    place = sound.index(b"IDAT" if before_data else b"IEND") - 4
    return sound[:place] + b"".join(chunks) + sound[place:]


def text_bomb(kind: bytes, *, unpacked_bytes: int = 60_000_000) -> bytes:
    """Pack a text or profile that unpacks to 60 MB into a PNG."""
    packed = zeros(unpacked_bytes)
    content = b"key\0\0" + packed if kind != b"iTXt" else b"key\0\1\0\0\0" + packed
    return png_with(chunk(kind, content))


def jpeg_claiming(width: int, height: int) -> bytes:
    """Write a small JPEG whose frame claims to be large."""
    sound = bytearray(encode(stroke((8, 8)), "JPEG"))
    frame = sound.index(b"\xff\xc0")
    sound[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(sound)


def frames(count: int = 2) -> list[Image.Image]:
    """Draw frames that differ, so that encoders keep them."""
    return [stroke((28 + step, 28)).resize((28, 28)) for step in range(0, 20 * count, 20)]


def animated(kind: str) -> bytes:
    """Encode two frames."""
    first, *rest = frames()
    return encode(first, kind, save_all=True, append_images=rest, duration=100)


def tiff_with_a_loop() -> bytes:
    """Write a TIFF whose directory is followed by itself."""
    entry = struct.pack("<HHII", 256, 3, 1, 1)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8)


def profile() -> bytes:
    """Build a colour profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def rotated_by_exif(kind: str, orientation: int = 6) -> bytes:
    """Mark a picture as turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(stroke((60, 40), mode="RGB", paper="white", ink="black"), kind, exif=exif.tobytes())


NOT_PICTURES: dict[str, bytes] = {
    "gif": encode(stroke(), "GIF"),
    "tiff": encode(stroke(), "TIFF"),
    "tiff-loop": tiff_with_a_loop(),
    "bmp": encode(stroke(), "BMP"),
    "ico": encode(stroke((32, 32)), "ICO"),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(%pipe%id) (w) file\n",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "svg-xxe": b"<?xml version='1.0'?><!DOCTYPE s [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>",
    "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n",
    "psd": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 10, 10, 8, 3) + bytes(12),
    "fits": b"SIMPLE  =                    T" + b" " * 50 + b"END".ljust(80),
    "pickle": b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.",
    "torch": b"PK\x03\x04\0\0\x08\x08\0\0" + bytes(16) + b"archive/data.pkl" + b"\x80\x02}q\0.",
    "elf": b"\x7fELF\x02\x01\x01" + bytes(57),
    "html": b"<html><script>alert(1)</script></html>",
    "riff-wave": b"RIFF\x24\0\0\0WAVEfmt " + bytes(20),
}


def sound_and_awkward() -> dict[str, bytes]:
    """Encode pictures that are unusual but sound; each has a defined reading."""
    grey, colour = stroke((60, 60), paper=255, ink=0), stroke((60, 60), mode="RGB", paper="white", ink="navy")
    palette = stroke((60, 60), mode="RGBA", paper=(0, 0, 0, 0), ink=(0, 0, 0, 255)).quantize(8)
    return {
        "16-bit": encode(grey.convert("I;16").point(lambda value: value * 257)),
        "1-bit": encode(grey.convert("1")),
        "cmyk-jpeg": encode(colour.convert("CMYK"), "JPEG"),
        "palette-and-alpha": encode(palette, transparency=0),
        "grey-and-alpha": encode(stroke((60, 60), mode="LA", paper=(0, 0), ink=(0, 255))),
        "exif-png": rotated_by_exif("PNG"),
        "exif-jpeg": rotated_by_exif("JPEG"),
        "exif-webp": rotated_by_exif("WEBP"),
        "icc-png": encode(colour, icc_profile=profile()),
        "icc-jpeg": encode(colour, "JPEG", icc_profile=profile()),
        "interlaced-png": interlaced(),
        "progressive-jpeg": encode(colour, "JPEG", progressive=True),
    }


def interlaced() -> bytes:
    """Write a 1x1 interlaced PNG, which Pillow reads but never writes; its one pass is the whole."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, GREY, 0, 0, 1))
    return SIGNATURE + head + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND")


def mutations(content: bytes, positions: Iterable[tuple[int, int]]) -> Iterable[bytes]:
    """Change one byte at a time, or cut there."""
    for place, value in positions:
        at = place % len(content)
        yield content[:at] + bytes([value]) + content[at + 1 :] if value % 7 else content[:at]

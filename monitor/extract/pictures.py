"""Pictures on their way to the program that reads words in them: decoded, shrunk and greyed inside the cage.

What leaves the cage is plain pixels of a bounded number, so no other program ever parses a file from outside.
"""

import io
import math
import time
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image, ImageOps

from monitor.domain.text import Span
from monitor.extract.limits import Limits
from monitor.extract.notes import Notes
from monitor.extract.trouble import Broken

PICTURE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/tiff", "image/webp", "image/bmp"})
MAX_PIXELS = 4_000_000
"""Of one picture that is handed on: a letter page at 200 dots an inch has 3.7 million."""

MAX_SOURCE_PIXELS = 50_000_000
"""Of one picture before it is shrunk; a larger one is not decoded."""

_FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")
_LEAST_WIDTH, _LEAST_HEIGHT = 40, 16  # smaller ones are icons and counting pixels
_ENLARGED_BELOW = 1_000_000
_SHARE_OF_TIME = 0.5
_TOO_LARGE = f"a picture of more than {MAX_SOURCE_PIXELS} pixels not read"


@dataclass(frozen=True, slots=True)
class Picture:
    """Grey pixels, one byte each, row after row: `width * height` bytes. `part` names where the picture stood."""

    width: int
    height: int
    pixels: bytes
    part: str = ""


class Album:
    """The pictures of one item, at most `limits.max_pictures`; decoding them takes at most half of the item's time."""

    def __init__(self, limits: Limits) -> None:
        self.pictures: list[Picture] = []
        self._most = limits.max_pictures
        self._until = time.monotonic() + limits.max_seconds * _SHARE_OF_TIME

    def has_room(self, notes: Notes) -> bool:
        """Whether one more picture may be decoded; a remark where not."""
        if len(self.pictures) < self._most and time.monotonic() < self._until:
            return True
        notes.add("a picture not read: too many, or they take too long")
        return False

    def add(self, image: Any, part: str) -> None:
        """Take `image` (a Pillow image) in, small, grey, and upright."""
        if image.width < _LEAST_WIDTH or image.height < _LEAST_HEIGHT:
            return
        grey = _greyed(_fitted(ImageOps.exif_transpose(image)))
        self.pictures.append(Picture(grey.width, grey.height, grey.tobytes(), part))

    def rename_from(self, first: int, name: str) -> None:
        """Put `name`, of the file that they stood in, before the places of all pictures from number `first` on."""
        for at in range(first, len(self.pictures)):
            picture = self.pictures[at]
            self.pictures[at] = replace(picture, part=": ".join(filter(None, (name, picture.part)))[:200])


def load_formats() -> None:
    """Import the decoders now: in the cage no file can be opened."""
    Image.init()


def read_picture(data: bytes, album: Album, notes: Notes) -> list[Span]:
    """Put the picture into `album`, of a TIFF each page; there are no spans yet. Raises `Broken` where it is none."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            pages = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            for page in range(min(pages, 1_000)):
                if not album.has_room(notes):
                    break
                image.seek(page)
                _take(image, album, notes)
    except MemoryError:
        raise
    except Image.DecompressionBombError:
        notes.add(_TOO_LARGE)
    except (OSError, SyntaxError) as error:
        raise Broken("torn, or not a picture") from error
    except Exception as error:
        # The decoders raise whatever they like; the type alone, for the words may quote the file.
        message = f"cannot be read as a picture: {type(error).__name__}"
        raise Broken(message) from error
    return []


def _take(image: Any, album: Album, notes: Notes) -> None:
    if image.width * image.height > MAX_SOURCE_PIXELS:
        notes.add(_TOO_LARGE)
        return
    if image.format == "JPEG":
        image.draft(None, (2_400, 2_400))  # decodes at a half or a quarter where that is still large enough
    album.add(image, "")


def _fitted(image: Any) -> Any:
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        scale = math.sqrt(MAX_PIXELS / pixels)
    elif pixels < _ENLARGED_BELOW:
        scale = 2.0  # letters on screens are smaller than those that the program learned
    else:
        return image
    size = (max(1, int(image.width * scale)), max(1, min(int(image.height * scale), MAX_PIXELS)))
    is_indexed = image.mode in ("P", "1")
    return (image.convert("RGBA" if is_indexed else image.mode)).resize(size, Image.Resampling.BICUBIC)


def _greyed(image: Any) -> Any:
    """Grey on white, where it was transparent too."""
    if image.mode in ("RGBA", "LA", "PA", "P"):
        clear = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    return image.convert("L")

"""What could not be read, in words that carry nothing a student wrote."""

import mimetypes

_MAX_NOTES = 20
_MAIN_TYPES = frozenset({"application", "audio", "font", "image", "message", "model", "multipart", "text", "video"})
_KNOWN_TYPES = frozenset(mimetypes.types_map.values()) | {
    "application/ms-tnef",
    "application/octet-stream",
    "application/pgp-encrypted",
    "application/pkcs7-mime",
    "application/rtf",
    "application/vnd.ms-outlook",
    "application/epub+zip",
    "application/gzip",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.rar",
    "application/vnd.sqlite3",
    "application/x-bzip2",
    "application/x-executable",
    "application/x-tar",
    "application/x-xz",
    "image/webp",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/x-7z-compressed",
    "application/x-ole-storage",
    "application/zip",
    "image/heic",
    "message/delivery-status",
    "message/external-body",
    "message/partial",
    "message/rfc822",
    "text/calendar",
    "text/markdown",
    "text/vcard",
    "application/msaccess",
    "application/onenote",
    "application/vnd.apple.iwork",
    "application/vnd.ms-htmlhelp",
    "application/vnd.ms-outlook-pst",
    "application/vnd.wordperfect",
    "application/x-compress",
    "application/x-plist",
    "application/x-webarchive",
    "application/zstd",
    "audio/flac",
    "audio/midi",
    "image/avif",
    "image/bmp",
    "image/jp2",
    "image/vnd.adobe.photoshop",
    "image/vnd.djvu",
    "image/vnd.dwg",
    "image/wmf",
    "video/webm",
    "video/x-ms-asf",
}


class Notes:
    """Collects remarks for `Extraction.detail`; repeated ones are counted, the list is bounded."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, remark: str) -> None:
        """Remember `remark`, which must not contain text or file names of the item."""
        self._counts[remark] = self._counts.get(remark, 0) + 1

    @property
    def has_unsupported(self) -> bool:
        """Whether something was left out because it cannot be read here."""
        return any(remark.startswith("unsupported") for remark in self._counts)

    @property
    def has_broken(self) -> bool:
        """Whether something was left out because it is not what it must be."""
        return any(remark.startswith(("broken", "damaged")) for remark in self._counts)

    def detail(self) -> str:
        """All remarks in one line; empty when there are none."""
        shown = [
            remark if count == 1 else f"{remark} ({count} times)"
            for remark, count in list(self._counts.items())[:_MAX_NOTES]
        ]
        more = sum(list(self._counts.values())[_MAX_NOTES:])
        if more:
            shown.append(f"and {more} more remarks")
        return "; ".join(shown)


def name_media_type(media_type: str) -> str:
    """`media_type` as it may be written down.

    Whoever sends a mail chooses the words in its Content-Type, so only registered types are repeated;
    of any other at most the main type.
    """
    if media_type in _KNOWN_TYPES:
        return media_type
    main = media_type.partition("/")[0]
    return f"{main}/other" if main in _MAIN_TYPES else "unknown type"

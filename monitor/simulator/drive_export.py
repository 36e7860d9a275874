"""What Docs, Sheets and Slides look like once exported.

As Google does: a Doc's plain text begins with a byte order mark and ends its lines with CR LF, so does a Sheet's CSV
without the mark.
"""

import csv
import html
import io

from monitor.simulator.drive_files import DOC, SHEET, File


def export(file: File, media_type: str) -> bytes:
    """The file's content as `media_type`, which must be one of those the file can be exported to."""
    text = file.content.decode("utf-8", "replace").replace("\r\n", "\n")
    if media_type == "text/html":
        return _page(file.name, text).encode()
    if media_type == "text/tab-separated-values":
        rows = csv.reader(io.StringIO(text))
        return "\r\n".join("\t".join(row) for row in rows).encode()
    if media_type == "text/plain" and file.mime_type == DOC:
        return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    return text.replace("\n", "\r\n").encode() if file.mime_type == SHEET else text.encode()


def _page(title: str, text: str) -> str:
    paragraphs = "".join(f"<p><span>{html.escape(line)}</span></p>" for line in text.split("\n"))
    head = (
        f'<head><meta content="text/html; charset=UTF-8" http-equiv="content-type"><title>{html.escape(title)}</title>'
    )
    return f"<html>{head}<style>p{{margin:0}}</style></head><body>{paragraphs}</body></html>"

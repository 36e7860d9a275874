"""Archives with given parts: the frames of Office, OpenDocument and book files."""

import io
import zipfile

NAMESPACES = ("office", "text", "table", "draw", "style", "presentation")
ODF = " ".join(f'xmlns:{name}="urn:{name}"' for name in NAMESPACES)


def zipped(parts: "dict[str, str | bytes]") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def office(main: str, root: str, parts: "dict[str, str | bytes]") -> bytes:
    return zipped({"[Content_Types].xml": "<Types/>", main: root, **parts})


def odf(kind: str, body: str, **parts: str) -> bytes:
    content = f"<office:document-content {ODF}><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        for name, part in {"content.xml": content, **parts}.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def epub(text: str, unlisted: str = "") -> bytes:
    package = '<package><manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("OEBPS/content.opf", package)
        archive.writestr("OEBPS/a.xhtml", f"<html><body><p>{text}</p></body></html>")
        archive.writestr("OEBPS/b.xhtml", f"<html><body><p>{unlisted}</p></body></html>")
    return buffer.getvalue()

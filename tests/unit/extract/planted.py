"""Small files of every format with one planted sentence in every place that this room promises to read.

`PLACES` is the matrix: format → {place: maker}. A maker takes the sentence and gives the bytes of a file that holds it
there and nowhere else. `docs/reference/formats.md` is made from the same table.
"""

import base64
import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable

from tests.unit.extract import planted_mail, planted_more, planted_old
from tests.unit.extract.planted_zip import ODF, epub, odf, office, zipped

Maker = Callable[[str], bytes]

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
CORE = '<cp:coreProperties xmlns:cp="c" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title></cp:coreProperties>'


def run(text: str, properties: str = "") -> str:
    return f"<w:p><w:r>{properties}<w:t>{text}</w:t></w:r></w:p>"


def docx(body: str = "", **parts: str) -> bytes:
    return office("word/document.xml", f"<w:document {W} {MC}><w:body>{body}</w:body></w:document>", parts)


def word_part(name: str, root: str) -> Maker:
    return lambda text: docx("", **{f"word/{name}.xml": f"<w:{root} {W}>{run(text)}</w:{root}>"})


def pptx(slide: str = "", attributes: str = "", **parts: str) -> bytes:
    page = f"<p:sld {P} {A} {attributes}><p:cSld><p:spTree>{slide}</p:spTree></p:cSld></p:sld>"
    return office("ppt/presentation.xml", f"<p:presentation {P}/>", {"ppt/slides/slide1.xml": page, **parts})


def shape(text: str, properties: str = "") -> str:
    return f"<p:sp>{properties}<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"


def xlsx(cells: str = "", state: str = "visible", **parts: str) -> bytes:
    book = f'<workbook {S} {R}><sheets><sheet name="One" sheetId="1" state="{state}" r:id="r1"/></sheets></workbook>'
    links = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'
    sheet = f"<worksheet {S}>{cells}</worksheet>"
    fixed = {"xl/_rels/workbook.xml.rels": links, "xl/worksheets/sheet1.xml": sheet}
    return office("xl/workbook.xml", book, {**fixed, **parts})


def cell(text: str, row: str = "") -> str:
    return f'<sheetData><row r="1" {row}><c r="B1" t="inlineStr"><is><t>{text}</t></is></c></row></sheetData>'


def shared(text: str) -> bytes:
    cells = '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>'
    return xlsx(
        cells, **{"xl/sharedStrings.xml": f"<sst {S}><si><r><t>{text[:9]}</t></r><r><t>{text[9:]}</t></r></si></sst>"}
    )


def pdf(*objects: str, content: str = "", catalog: str = "", page: str = "", trailer: str = "") -> bytes:
    fixed = (
        f"1 0 obj <</Type/Catalog/Pages 2 0 R {catalog}>> endobj",
        "2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj",
        f"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 900 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>> {page}>> endobj",
        f"4 0 obj <</Length {len(content)}>> stream\n{content}\nendstream endobj",
        "5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj",
    )
    return ("%PDF-1.7\n" + "\n".join((*fixed, *objects)) + f"\ntrailer <</Root 1 0 R {trailer}>>\n%%EOF").encode()


def note(text: str) -> bytes:
    return pdf(f"6 0 obj <</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents({text})>> endobj", page="/Annots[6 0 R]")


def field(text: str) -> bytes:
    entry = f"6 0 obj <</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V({text})/Rect[0 0 99 9]>> endobj"
    return pdf(entry, page="/Annots[6 0 R]", catalog="/AcroForm<</Fields[6 0 R]>>")


def attached_to_pdf(text: str) -> bytes:
    names = "/Names<</EmbeddedFiles<</Names[(a.txt) 6 0 R]>>>>"
    entry = "6 0 obj <</Type/Filespec/F(a.txt)/UF(a.txt)/EF<</F 7 0 R>>>> endobj"
    stream = f"7 0 obj <</Type/EmbeddedFile/Length {len(text)}/Params<</Size {len(text)}>>>> stream\n{text}\nendstream endobj"
    return pdf(entry, stream, catalog=names)


def dynamic_form(text: str) -> bytes:
    words = f"<xfa:datasets xmlns:xfa='x'><xfa:data><why>{text}</why></xfa:data></xfa:datasets>"
    packet = f"6 0 obj <</Length {len(words)}>> stream\n{words}\nendstream endobj"
    return pdf(packet, catalog="/AcroForm<</Fields[]/XFA[(datasets) 6 0 R]>>")


def pinned(text: str) -> bytes:
    file = "6 0 obj <</Type/Filespec/F(a.txt)/UF(a.txt)/EF<</F 7 0 R>>>> endobj"
    stream = f"7 0 obj <</Type/EmbeddedFile/Length {len(text)}/Params<</Size {len(text)}>>>> stream\n{text}\nendstream endobj"
    note = "8 0 obj <</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 6 0 R>> endobj"
    return pdf(file, stream, note, page="/Annots[8 0 R]")


def outline(text: str) -> bytes:
    return pdf(
        "6 0 obj <</First 7 0 R/Last 7 0 R/Count 1>> endobj",
        f"7 0 obj <</Title({text})/Parent 6 0 R/Dest[3 0 R/Fit]>> endobj",
        catalog="/Outlines 6 0 R",
    )


def rtf(body: str) -> bytes:
    return (r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 " + body + "}").encode()


def tarred(text: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def plain(before: str, after: str = "") -> Maker:
    return lambda text: f"{before}{text}{after}".encode()


BOX = (
    "<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>{0}</w:txbxContent></w:drawing></mc:Choice>"
    "<mc:Fallback><w:pict><w:txbxContent>{0}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
)
DRAWING = f"<x {A}><a:p><a:r><a:t>{{}}</a:t></a:r></a:p></x>"

PLACES: dict[str, dict[str, Maker]] = {
    "docx": {
        "body": lambda text: docx(run(text)),
        "split over runs": lambda text: docx(
            f"<w:p><w:r><w:t>{text[:7]}</w:t></w:r><w:r><w:t>{text[7:]}</w:t></w:r></w:p>"
        ),
        "table": lambda text: docx(f"<w:tbl><w:tr><w:tc>{run(text)}</w:tc></w:tr></w:tbl>"),
        "text box": lambda text: docx(BOX.format(run(text))),
        "header": word_part("header1", "hdr"),
        "footer": word_part("footer1", "ftr"),
        "footnote": word_part("footnotes", "footnotes"),
        "endnote": word_part("endnotes", "endnotes"),
        "comment": word_part("comments", "comments"),
        "insertion": lambda text: docx(f"<w:p><w:ins><w:r><w:t>{text}</w:t></w:r></w:ins></w:p>"),
        "deletion": lambda text: docx(f"<w:p><w:del><w:r><w:delText>{text}</w:delText></w:r></w:del></w:p>"),
        "hidden words": lambda text: docx(run(text, "<w:rPr><w:vanish/></w:rPr>")),
        "picture description": lambda text: docx(
            f'<w:p><w:r><w:drawing><w:docPr descr="{text}"/></w:drawing></w:r></w:p>'
        ),
        "diagram": lambda text: docx("", **{"word/diagrams/data1.xml": DRAWING.format(text)}),
        "chart": lambda text: docx("", **{"word/charts/chart1.xml": DRAWING.format(text)}),
        "title": lambda text: docx("", **{"docProps/core.xml": CORE.format(text)}),
        "embedded file": lambda text: docx("", **{"word/embeddings/a.xlsx": xlsx(cell(text))}),
    },
    "pptx": {
        "slide": lambda text: pptx(shape(text)),
        "grouped shape": lambda text: pptx(f"<p:grpSp><p:grpSp>{shape(text)}</p:grpSp></p:grpSp>"),
        "table": lambda text: pptx(
            f"<p:graphicFrame><a:tbl><a:tr><a:tc><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:tc></a:tr></a:tbl></p:graphicFrame>"
        ),
        "hidden slide": lambda text: pptx(shape(text), 'show="0"'),
        "hidden shape": lambda text: pptx(shape(text, '<p:nvSpPr><p:cNvPr id="1" name="x" hidden="1"/></p:nvSpPr>')),
        "speaker note": lambda text: pptx(
            **{"ppt/notesSlides/notesSlide1.xml": f"<p:notes {P} {A}>{shape(text)}</p:notes>"}
        ),
        "comment": lambda text: pptx(
            **{"ppt/comments/comment1.xml": f"<p:cmLst {P}><p:cm><p:text>{text}</p:text></p:cm></p:cmLst>"}
        ),
        "master": lambda text: pptx(
            **{"ppt/slideMasters/slideMaster1.xml": f"<p:sldMaster {P} {A}>{shape(text)}</p:sldMaster>"}
        ),
        "diagram": lambda text: pptx(**{"ppt/diagrams/data1.xml": DRAWING.format(text)}),
        "embedded file": lambda text: pptx(**{"ppt/embeddings/a.docx": docx(run(text))}),
    },
    "xlsx": {
        "cell": lambda text: xlsx(cell(text)),
        "shared text": shared,
        "formula's result": lambda text: xlsx(
            f'<sheetData><row><c t="str"><f>A1</f><v>{text}</v></c></row></sheetData>'
        ),
        "formula without result": lambda text: xlsx(f'<sheetData><row><c><f>"{text}"</f></c></row></sheetData>'),
        "hidden sheet": lambda text: xlsx(cell(text), "hidden"),
        "very hidden sheet": lambda text: xlsx(cell(text), "veryHidden"),
        "hidden row": lambda text: xlsx(cell(text, 'hidden="1"')),
        "hidden column": lambda text: xlsx('<cols><col min="2" max="2" hidden="1"/></cols>' + cell(text)),
        "comment": lambda text: xlsx(
            **{"xl/comments1.xml": f"<comments {S}><comment><text><t>{text}</t></text></comment></comments>"}
        ),
        "threaded comment": lambda text: xlsx(
            **{"xl/threadedComments/t1.xml": f"<x><threadedComment><text>{text}</text></threadedComment></x>"}
        ),
        "text box": lambda text: xlsx(**{"xl/drawings/drawing1.xml": DRAWING.format(text)}),
        "header": lambda text: xlsx(f"<headerFooter><oddHeader>{text}</oddHeader></headerFooter>"),
        "input hint": lambda text: xlsx(f'<dataValidations><dataValidation prompt="{text}"/></dataValidations>'),
        "embedded file": lambda text: xlsx(**{"xl/embeddings/a.docx": docx(run(text))}),
    },
    "odt": {
        "body": lambda text: odf("text", f"<text:p>{text}</text:p>"),
        "heading": lambda text: odf("text", f"<text:h>{text}</text:h>"),
        "table": lambda text: odf(
            "text",
            f"<table:table><table:table-row><table:table-cell><text:p>{text}</text:p></table:table-cell></table:table-row></table:table>",
        ),
        "text box": lambda text: odf(
            "text", f"<text:p><draw:frame><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame></text:p>"
        ),
        "footnote": lambda text: odf(
            "text", f"<text:p>a<text:note><text:note-body><text:p>{text}</text:p></text:note-body></text:note></text:p>"
        ),
        "comment": lambda text: odf(
            "text", f"<text:p>a<office:annotation><text:p>{text}</text:p></office:annotation></text:p>"
        ),
        "deletion": lambda text: odf(
            "text",
            f"<text:tracked-changes><text:changed-region><text:deletion><text:p>{text}</text:p></text:deletion></text:changed-region></text:tracked-changes>",
        ),
        "header": lambda text: odf(
            "text",
            "",
            **{
                "styles.xml": f"<x {ODF}><style:master-page><style:header><text:p>{text}</text:p></style:header></style:master-page></x>"
            },
        ),
        "title": lambda text: odf("text", "", **{"meta.xml": f'<x xmlns:dc="d"><dc:title>{text}</dc:title></x>'}),
    },
    "ods": {
        "cell": lambda text: odf(
            "spreadsheet",
            f"<table:table><table:table-row><table:table-cell><text:p>{text}</text:p></table:table-cell></table:table-row></table:table>",
        ),
        "hidden row": lambda text: odf(
            "spreadsheet",
            f'<table:table><table:table-row table:visibility="collapse"><table:table-cell><text:p>{text}</text:p></table:table-cell></table:table-row></table:table>',
        ),
        "comment": lambda text: odf(
            "spreadsheet",
            f"<table:table><table:table-row><table:table-cell><office:annotation><text:p>{text}</text:p></office:annotation></table:table-cell></table:table-row></table:table>",
        ),
    },
    "odp": {
        "slide": lambda text: odf(
            "presentation",
            f"<draw:page><draw:frame><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame></draw:page>",
        ),
        "grouped shape": lambda text: odf(
            "presentation",
            f"<draw:page><draw:g><draw:custom-shape><text:p>{text}</text:p></draw:custom-shape></draw:g></draw:page>",
        ),
        "speaker note": lambda text: odf(
            "presentation", f"<draw:page><presentation:notes><text:p>{text}</text:p></presentation:notes></draw:page>"
        ),
    },
    "pdf": {
        "page": lambda text: pdf(content=f"BT /F 12 Tf 10 90 Td ({text}) Tj ET"),
        "form field": field,
        "annotation": note,
        "outline": outline,
        "attached file": attached_to_pdf,
        "title": lambda text: pdf(f"6 0 obj <</Title({text})>> endobj", trailer="/Info 6 0 R"),
    },
    "rtf": {
        "body": rtf,
        "table": lambda text: rtf(rf"\trowd\intbl {text}\cell\row"),
        "header": lambda text: rtf(rf"{{\header {text}\par}}"),
        "footnote": lambda text: rtf(rf"a{{\footnote {text}}}"),
        "comment": lambda text: rtf(rf"a{{\*\atnid x}}{{\*\annotation {text}}}"),
        "text box": lambda text: rtf(rf"{{\shp{{\*\shpinst{{\shptxt {text}}}}}}}"),
        "hidden words": lambda text: rtf(rf"a {{\v {text}}}"),
        "deletion": lambda text: rtf(rf"a {{\deleted {text}}}"),
        "title": lambda text: rtf(rf"{{\info{{\title {text}}}}}"),
    },
    **planted_old.PLACES,
    "epub": {"page": epub, "page outside the reading order": lambda text: epub("", text)},
    "html": {
        "body": plain("<html><body><p>", "</p></body></html>"),
        "title": plain("<html><title>", "</title></html>"),
        "table": plain("<html><table><tr><td>", "</td></tr></table></html>"),
        "hidden words": plain('<html><p>a <span style="display:none">', "</span></p></html>"),
        "picture description": plain('<html><img alt="', '"></html>'),
    },
    "mht": {
        "body": plain(
            "From: <Saved>\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/html\n\n<html><p>", "</p></html>"
        )
    },
    "csv": {"cell": plain("a,b\n1,")},
    "tsv": {"cell": plain("a\tb\n1\t")},
    "json": {"value": plain('{"a": "', '"}')},
    "txt": {"text": plain("")},
    "md": {"text": plain("# a\n\n")},
    "py": {"comment": plain("# ")},
    "ics": {"description": plain("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDESCRIPTION:", "\nEND:VEVENT\nEND:VCALENDAR")},
    "vcf": {"note": plain("BEGIN:VCARD\nNOTE:", "\nEND:VCARD")},
    "zip": {
        "member": lambda text: zipped({"a.txt": text}),
        "member of a member": lambda text: zipped({"inner.zip": zipped({"b.docx": docx(run(text))})}),
        "damaged, without its directory": lambda text: zipped({"a.txt": text}).partition(b"PK\x01\x02")[0],
    },
    "tar": {"member": tarred},
    "gz": {
        "content": lambda text: gzip.compress(text.encode()),
        "tar inside": lambda text: gzip.compress(tarred(text)),
    },
    "bz2": {"content": lambda text: bz2.compress(text.encode())},
    "xz": {"content": lambda text: lzma.compress(text.encode())},
    **planted_mail.PLACES,
    **planted_more.PLACES,
}
for _kind, _places in planted_more.IN_DISGUISE.items():
    PLACES[_kind] = {**PLACES[_kind], **_places}
PLACES["pdf"]["dynamic form, filled in"] = dynamic_form
PLACES["pdf"]["file pinned to a page"] = pinned
PLACES["zip"]["folder called word"] = lambda text: zipped({"word/a.txt": text, "xl/b.txt": "", "content.xml": "<a/>"})
PLACES["zip"]["something before the archive"] = lambda text: b"\1\2\3\0" * 40 + zipped({"a.txt": text})
PLACES["tar"]["compressed, named txt"] = lambda text: bz2.compress(tarred(text))
PLACES["eml"]["docx attached"] = lambda text: planted_mail.with_file(
    base64.encodebytes(docx(run(text))).decode(), "application/octet-stream", "a.docx"
)

"""HTML bodies: line breaks, what is kept, and what mail programs' elements say."""

import pytest

from monitor.domain.text import SpanKind
from monitor.extract.html import html_to_text
from monitor.extract.quotation import split_lines

NEW, QUOTED, FORWARDED, SIGNATURE = SpanKind.NEW, SpanKind.QUOTED, SpanKind.FORWARDED, SpanKind.SIGNATURE
THREAT = "I will hurt you on Friday."


def split(html, **options):
    page = html_to_text(html)
    spans = split_lines(page.lines, marks=page.marks, rests=page.rests, **options)
    return [(span.kind, span.text.strip()) for span in spans]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo\n"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree\n"),
        ("<div>one<div>two</div>three</div>", "one\ntwo\nthree\n"),
        ("a <b>b</b>\n   c&nbsp;d", "a b c d\n"),
        ("k<i>il</i>l", "kill\n"),
        ("<ul><li>one<li><p>two</p></ul>", "- one\n- two\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc\n"),
        ("<pre>a\n  b</pre>c", "a\n  b\nc\n"),
        ("<span style='white-space: pre-wrap'>a\nb</span>", "a\nb\n"),
        ("<img alt='a smile' src=x>", "a smile\n"),
        ("<a href='https://x.example/track'>here</a>", "here\n"),
        ("<div style='display:none'>hidden</div>", "hidden\n"),
        ("<script>x()</script><style>p{}</style><!-- c -->text", "text\n"),
        ("<textarea>typed</textarea>", "typed\n"),
        ("&lt;b&gt; &#0;&#xD800;", "<b> \ufffd\ufffd\n"),
        ("", ""),
        ("not html at all", "not html at all\n"),
    ],
)
def test_markup_becomes_lines(html, text):
    assert html_to_text(html).text == text


def test_the_title_is_kept_apart():
    page = html_to_text("<html><head><title> My\npage </title></head><body>x</body></html>")
    assert (page.title, page.text) == ("My page", "x\n")


GMAIL_REPLY = (
    '<div dir="ltr">Sure!</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
    "On Mon, May 5, 2025 at 10:00 AM Ana wrote:<br></div>"
    '<blockquote class="gmail_quote" style="margin:0"><div>Are you coming?</div></blockquote></div>'
)
GMAIL_INLINE = (
    '<div class="gmail_quote"><div class="gmail_attr">On Mon, Ana wrote:</div>'
    '<blockquote class="gmail_quote">one?</blockquote>'
    '<div>Sure!</div><blockquote class="gmail_quote">two?</blockquote></div>'
)


@pytest.mark.parametrize(
    "html",
    [
        GMAIL_REPLY,
        '<div>Sure!</div><div class="gmail_quote">Someone said<br>Are you coming?</div>',
        '<div>Sure!</div><div class="gmail_quote">On Mon, May 5, 2025, Ana wrote:<br>'
        '<blockquote class="gmail_quote">Are you coming?</blockquote></div>',
        'Sure!<br><blockquote type="cite"><div>On May 5, Ana wrote:</div><div>Are you coming?</div></blockquote>',
        '<p>Sure!</p><div class="moz-cite-prefix">On 5/5/25, Ana wrote:<br></div>'
        '<blockquote type="cite" cite="mid:1">hm</blockquote>',
        '<div>Sure!</div><div id="appendonsend"></div><hr>'
        '<div id="divRplyFwdMsg"><b>De:</b> Ana</div><div>¿Vienes?</div>',
        '<div>Sure!</div><div id="x_divRplyFwdMsg">Od: Ana</div><div>Przyjdziesz?</div>',
        '<p class="MsoNormal">Sure!</p><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
        "<p><b>From:</b> Ana<br><b>Sent:</b> Monday<br><b>To:</b> Bo<br><b>Subject:</b> Party</p></div>"
        "<p>Are you coming?</p>",
        '<div>Sure!</div><div class="yahoo_quoted"><div>On Monday, Ana wrote:</div><div>Are you coming?</div></div>',
        "<div>Sure!</div><blockquote style='border-left:1px solid #ccc'>Are you coming?</blockquote>",
        '<div>Sure!</div><div class="protonmail_quote">On Monday, Ana wrote:<blockquote>hm</blockquote></div>',
    ],
)
def test_a_reply_is_new_text_and_then_its_quotation(html):
    spans = split(html)
    assert [kind for kind, _ in spans] == [NEW, QUOTED]
    assert spans[0][1] == "Sure!"


@pytest.mark.parametrize(
    "html",
    [
        '<div>look</div><div class="gmail_quote">'
        '<div class="gmail_attr">---------- Forwarded message ---------<br>From: Cy</div>'
        f"<div>{THREAT}</div></div>",
        '<div>look</div><div class="gmail_quote">---------- Mensaje reenviado ---------<br>De: Cy<br><br>'
        f"<blockquote>{THREAT}</blockquote></div>",
        '<div>look</div><blockquote type="cite"><div>Begin forwarded message:</div><div>From: Cy</div>'
        f"<blockquote type=cite>{THREAT}</blockquote></blockquote>",
        '<div>look</div><div>Begin forwarded message:</div><blockquote type="cite">' + THREAT + "</blockquote>",
        f'<p>look</p><div class="moz-forward-container">-------- Forwarded Message --------<p>{THREAT}</p></div>',
    ],
)
def test_a_forwarded_threat_comes_out_as_forwarded(html):
    spans = split(html)
    assert [kind for kind, _ in spans] == [NEW, FORWARDED]
    assert spans[0][1] == "look"
    assert spans[1][1].endswith(THREAT)


def test_answers_between_gmails_quoted_paragraphs_are_new():
    assert [kind for kind, _ in split(GMAIL_INLINE)] == [QUOTED, NEW, QUOTED]


def test_an_indented_paragraph_is_not_a_quotation():
    assert split('<div>a</div><blockquote style="margin:0 0 0 40px;border:none">b</blockquote>') == [(NEW, "a\nb")]


def test_outlooks_marker_is_a_forward_when_the_subject_says_so():
    html = f'<div>look</div><div id="divRplyFwdMsg">From: Cy</div><div>{THREAT}</div>'
    assert [kind for kind, _ in split(html, forwarded=True)] == [NEW, FORWARDED]


@pytest.mark.parametrize(
    "signature",
    [
        '<div class="gmail_signature">Bo</div>',
        '<span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Bo</div>',
        '<div id="Signature">Bo</div>',
        '<div id="ms-outlook-mobile-signature">Get Outlook for iOS</div>',
        "-- <br>Bo",
    ],
)
def test_a_signature_is_told_from_the_text(signature):
    spans = split(f"<div>Hello</div>{signature}")
    assert [kind for kind, _ in spans] == [NEW, SIGNATURE]


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 50_000 + THREAT,
        "<div a='<'>" * 50_000 + THREAT,
        "".join(f"<font color={number}>" for number in range(900)) + "<p>x" * 5_000 + THREAT,
        "<svg><p>" + "<path/>" * 50_000 + THREAT,
    ],
)
def test_tangled_markup_is_read_without_its_structure(html):
    page = html_to_text(html)
    assert page.is_tangled
    assert THREAT in page.text


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 400 + THREAT + "</div>" * 400,
        "<p>x<br><li>y" * 5_000 + THREAT,
        "<svg>" + "<path d='M0'/>" * 3_000 + "</svg>" + THREAT,
        "<div class=gmail_quote>" * 300 + "<blockquote>q</blockquote>" + "</div>" * 300 + THREAT,
    ],
)
def test_large_ordinary_markup_keeps_its_structure(html):
    page = html_to_text(html)
    assert not page.is_tangled
    assert THREAT in page.text

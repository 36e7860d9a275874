"""Who wrote what, mail program by mail program and language by language: each row is a mail as it is sent.

A row lists the pieces of a body in order with what each of them is. Put together they are the body, and put together the
spans must be the body again: nothing is dropped.
"""

from email.message import EmailMessage

import pytest

from monitor.domain.text import SpanKind
from monitor.extract.mail import extract_mail
from monitor.extract.quotation import split_quotation

NEW, QUOTED, FORWARDED, SIGNATURE = SpanKind.NEW, SpanKind.QUOTED, SpanKind.FORWARDED, SpanKind.SIGNATURE
ANA = "Ana Ruiz <ana@school.example>"

PLAIN = {
    # --- replies of web mail -------------------------------------------------------------------------
    "gmail en": [(NEW, "Sure.\n\n"), (QUOTED, f"On Mon, May 5, 2025 at 10:00\u202fAM {ANA} wrote:\n\n> Coming?\n")],
    "gmail es": [(NEW, "Claro.\n\n"), (QUOTED, f"El lun, 5 may 2025 a las 10:00, {ANA} escribió:\n\n> ¿Vienes?\n")],
    "gmail fr": [(NEW, "Oui.\n\n"), (QUOTED, f"Le lun. 5 mai 2025 à 10:00, {ANA} a écrit :\n\n> Tu viens ?\n")],
    "gmail de": [(NEW, "Ja.\n\n"), (QUOTED, f"Am Mo., 5. Mai 2025 um 10:00 Uhr schrieb {ANA}:\n\n> Kommst du?\n")],
    "gmail pt": [(NEW, "Sim.\n\n"), (QUOTED, f"Em seg., 5 de mai. de 2025 às 10:00, {ANA} escreveu:\n\n> Vens?\n")],
    "gmail it": [(NEW, "Sì.\n\n"), (QUOTED, f"Il giorno lun 5 mag 2025 alle ore 10:00 {ANA} ha scritto:\n\n> Vieni?\n")],
    "gmail vi": [(NEW, "Có.\n\n"), (QUOTED, f"Vào Th 2, 5 thg 5, 2025 vào lúc 10:00 {ANA} đã viết:\n\n> Đi không?\n")],
    "gmail zh": [(NEW, "好的。\n\n"), (QUOTED, f"{ANA} 于2025年5月5日周一 10:00写道：\n\n> 你来吗？\n")],
    "gmail ru": [(NEW, "Да.\n\n"), (QUOTED, f"пн, 5 мая 2025 г. в 10:00, {ANA}:\n\n> Придёшь?\n")],
    "yahoo en": [(NEW, "Ok\n\n"), (QUOTED, "On Monday, May 5, 2025, 10:00 AM, Ana Ruiz <ana@school.example> wrote:\n\nComing?\n")],
    "yahoo es": [(NEW, "Va\n\n"), (QUOTED, "El lunes, 5 de mayo de 2025, 10:00:00, Ana Ruiz <ana@school.example> escribió:\n\n¿Vienes?\n")],
    # --- Outlook -------------------------------------------------------------------------------------
    "outlook en": [(NEW, "Yes\n\n"), (QUOTED, f"From: {ANA}\nSent: Monday, May 5, 2025 10:00 AM\nTo: Bo\nSubject: Party\n\nComing?\n")],
    "outlook es": [(NEW, "Sí\n\n"), (QUOTED, f"De: {ANA}\nEnviado: lunes, 5 de mayo de 2025 10:00\nPara: Bo\nAsunto: Fiesta\n\n¿Vienes?\n")],
    "outlook es, el": [(NEW, "Sí\n\n"), (QUOTED, f"De: {ANA} \nEnviado el: lunes, 5 de mayo de 2025 10:00\nPara: Bo\nCC: Cy\nAsunto: Fiesta\n\n¿Vienes?\n")],
    "outlook fr": [(NEW, "Oui\n\n"), (QUOTED, f"De : {ANA}\nEnvoyé : lundi 5 mai 2025 10:00\nÀ : Bo\nObjet : Fête\n\nTu viens ?\n")],
    "outlook de": [(NEW, "Ja\n\n"), (QUOTED, f"Von: {ANA}\nGesendet: Montag, 5. Mai 2025 10:00\nAn: Bo\nBetreff: Fest\n\nKommst du?\n")],
    "outlook pt": [(NEW, "Sim\n\n"), (QUOTED, f"De: {ANA}\nEnviada em: segunda-feira, 5 de maio de 2025 10:00\nPara: Bo\nAssunto: Festa\n\nVens?\n")],
    "outlook it": [(NEW, "Sì\n\n"), (QUOTED, f"Da: {ANA}\nInviato: lunedì 5 maggio 2025 10:00\nA: Bo\nOggetto: Festa\n\nVieni?\n")],
    "outlook zh": [(NEW, "好\n\n"), (QUOTED, f"发件人: {ANA}\n发送时间: 2025年5月5日 10:00\n收件人: Bo\n主题: 聚会\n\n你来吗？\n")],
    "outlook ru": [(NEW, "Да\n\n"), (QUOTED, f"От: {ANA}\nОтправлено: 5 мая 2025 г. 10:00\nКому: Bo\nТема: Праздник\n\nПридёшь?\n")],
    "outlook rule": [(NEW, "Yes\n\n"), (QUOTED, "_" * 32 + f"\nFrom: {ANA}\nSent: Monday, May 5, 2025 10:00 AM\nTo: Bo\nSubject: Party\n\nComing?\n")],
    "outlook bold": [(NEW, "Yes\n\n"), (QUOTED, f"*From:* {ANA}\n*Sent:* Monday, May 5, 2025 10:00 AM\n*To:* Bo\n*Subject:* Party\n\nComing?\n")],
    "outlook old": [(NEW, "Yes\n\n"), (QUOTED, f"-----Original Message-----\nFrom: {ANA}\nSent: Monday, May 5, 2025\nTo: Bo\nSubject: Party\n\nComing?\n")],
    "outlook old es": [(NEW, "Sí\n\n"), (QUOTED, f"-----Mensaje original-----\nDe: {ANA}\nEnviado el: lunes\nPara: Bo\nAsunto: Fiesta\n\n¿Vienes?\n")],
    "outlook phone": [
        (NEW, "Yes\n\n"), (SIGNATURE, "Get Outlook for iOS<https://aka.ms/o0ukef>\n"),
        (QUOTED, "_" * 32 + f"\nFrom: {ANA}\nSent: Monday, May 5, 2025 10:00:00 AM\nTo: Bo\nSubject: Party\n\nComing?\n"),
    ],
    "outlook phone es": [
        (NEW, "Sí\n\n"), (SIGNATURE, "Obtener Outlook para Android<https://aka.ms/AAb9ysg>\n"),
        (QUOTED, "_" * 32 + f"\nDe: {ANA}\nEnviado: lunes, 5 de mayo de 2025 10:00:00\nPara: Bo\nAsunto: Fiesta\n\n¿Vienes?\n"),
    ],
    # --- Apple and phones ----------------------------------------------------------------------------
    "apple en": [(NEW, "Yes\n\n"), (QUOTED, f"> On May 5, 2025, at 10:00 AM, {ANA} wrote:\n> \n> Coming?\n")],
    "apple es": [(NEW, "Sí\n\n"), (QUOTED, f"> El 5 may 2025, a las 10:00, {ANA} escribió:\n> \n> ¿Vienes?\n")],
    "iphone en": [(NEW, "Yes\n\n"), (SIGNATURE, "Sent from my iPhone\n\n"), (QUOTED, f"> On May 5, 2025, at 10:00 AM, {ANA} wrote:\n> \n> \ufeffComing?\n")],
    "iphone es": [(NEW, "Sí\n\n"), (SIGNATURE, "Enviado desde mi iPhone\n\n"), (QUOTED, f"> El 5 may 2025, a las 10:00, {ANA} escribió:\n> \n> ¿Vienes?\n")],
    "iphone fr": [(NEW, "Oui\n\n"), (SIGNATURE, "Envoyé de mon iPhone\n\n"), (QUOTED, f"> Le 5 mai 2025 à 10:00, {ANA} a écrit :\n> \n> Tu viens ?\n")],
    "iphone de": [(NEW, "Ja\n\n"), (SIGNATURE, "Von meinem iPhone gesendet\n\n"), (QUOTED, f"> Am 05.05.2025 um 10:00 schrieb {ANA}:\n> \n> Kommst du?\n")],
    "iphone pt": [(NEW, "Sim\n\n"), (SIGNATURE, "Enviado do meu iPhone\n\n"), (QUOTED, f"> Em 5 de mai. de 2025, à(s) 10:00, {ANA} escreveu:\n> \n> Vens?\n")],
    "samsung en": [(NEW, "Yes\n\n\n"), (SIGNATURE, "Sent from my Galaxy\n\n\n"), (QUOTED, f"-------- Original message --------\nFrom: {ANA}\nDate: 5/5/25 10:00 AM (GMT-05:00)\nTo: Bo\nSubject: Party\n\nComing?\n")],
    "samsung es": [(NEW, "Sí\n\n\n"), (SIGNATURE, "Enviado desde mi Galaxy\n\n\n"), (QUOTED, f"-------- Mensaje original --------\nDe: {ANA}\nFecha: 5/5/25 10:00 (GMT-05:00)\nPara: Bo\nAsunto: Fiesta\n\n¿Vienes?\n")],
    "words under a phone line": [(NEW, "Yes\n"), (SIGNATURE, "Sent from my iPhone\n"), (NEW, "One more thing: I am scared.\n")],
    # --- inline replies, footers -----------------------------------------------------------------------
    "inline en": [(QUOTED, f"On Mon, May 5, 2025 at 10:00 AM {ANA} wrote:\n> Coming?\n"), (NEW, "Yes.\n"), (QUOTED, "> Alone?\n"), (NEW, "No.\n")],
    "inline es": [(QUOTED, f"El lun, 5 may 2025 a las 10:00, {ANA} escribió:\n> ¿Vienes?\n"), (NEW, "Sí.\n"), (QUOTED, "> ¿Solo?\n"), (NEW, "No.\n")],
    "two levels": [(NEW, "No.\n\n"), (QUOTED, f"On Tue, May 6, 2025 at 9:00 AM Bo <b@x.example> wrote:\n> Yes.\n>\n> On Mon, May 5, 2025 at 10:00 AM {ANA} wrote:\n>> Coming?\n")],
    "list en": [(NEW, "See you there.\n"), (SIGNATURE, "_" * 47 + "\nChess mailing list\nchess@lists.example\nTo unsubscribe write to chess-leave@lists.example\n")],
    "list es": [(NEW, "Nos vemos.\n"), (SIGNATURE, "_" * 47 + "\nLista de correo Ajedrez\najedrez@lists.example\n")],
    "google groups en": [(NEW, "See you.\n\n"), (SIGNATURE, '-- \nYou received this message because you are subscribed to the Google Groups "Chess" group.\nTo unsubscribe from this group and stop receiving emails from it, send an email to chess+unsubscribe@school.example.\n')],
    "google groups es": [(NEW, "Nos vemos.\n\n"), (SIGNATURE, '-- \nHas recibido este mensaje porque estás suscrito al grupo "Ajedrez" de Grupos de Google.\nPara cancelar la suscripción a este grupo, envía un correo a ajedrez+unsubscribe@school.example.\n')],
    # --- forwards --------------------------------------------------------------------------------------
    "gmail forward en": [(NEW, "look at this\n\n"), (FORWARDED, f"---------- Forwarded message ---------\nFrom: {ANA}\nDate: Mon, May 5, 2025 at 10:00 AM\nSubject: You\nTo: Bo\n\nNobody likes you.\n")],
    "gmail forward es": [(NEW, "mira esto\n\n"), (FORWARDED, f"---------- Forwarded message ---------\nDe: {ANA}\nDate: lun, 5 may 2025 a las 10:00\nSubject: Tú\nTo: Bo\n\nNadie te quiere.\n")],
    "apple forward en": [(NEW, "look\n\n"), (FORWARDED, f"Begin forwarded message:\n\nFrom: {ANA}\nSubject: You\nDate: May 5, 2025 at 10:00 AM\nTo: Bo\n\nNobody likes you.\n")],
    "apple forward es": [(NEW, "mira\n\n"), (FORWARDED, f"Inicio del mensaje reenviado:\n\nDe: {ANA}\nAsunto: Tú\nFecha: 5 de mayo de 2025, 10:00\nPara: Bo\n\nNadie te quiere.\n")],
    "apple forward quoted": [(NEW, "look\n\n"), (FORWARDED, f"Begin forwarded message:\n\n> From: {ANA}\n> Subject: You\n> \n> Nobody likes you.\n")],
    "outlook forward, no word": [(FORWARDED, f"From: {ANA}\nSent: Monday, May 5, 2025 10:00 AM\nTo: Bo\nSubject: You\n\nNobody likes you.\n")],
    "forward of a forward": [(NEW, "see below\n\n"), (FORWARDED, "---------- Forwarded message ---------\nFrom: Bo <b@x.example>\nSubject: Fwd: You\n\nit is about me\n\n---------- Forwarded message ---------\nFrom: Cy <c@x.example>\nSubject: You\n\nNobody likes you.\n")],
    "forward in a reply": [(NEW, "I saw it.\n\n"), (QUOTED, "From: Bo <b@x.example>\nSent: Monday, May 5, 2025\nTo: Ana\nSubject: Fwd: You\n\nit is about me\n\n"), (FORWARDED, "---------- Forwarded message ---------\nFrom: Cy <c@x.example>\nSubject: You\n\nNobody likes you.\n")],
    "thunderbird forward de": [(NEW, "schau\n\n"), (FORWARDED, f"-------- Weitergeleitete Nachricht --------\nBetreff: Du\nDatum: Mon, 5 May 2025\nVon: {ANA}\nAn: Bo\n\nNiemand mag dich.\n")],
    "thunderbird forward fr": [(NEW, "regarde\n\n"), (FORWARDED, f"-------- Message transféré --------\nSujet : Toi\nDate : Mon, 5 May 2025\nDe : {ANA}\nPour : Bo\n\nPersonne ne t'aime.\n")],
    "gmail forward pt": [(NEW, "olha\n\n"), (FORWARDED, f"---------- Mensagem encaminhada ---------\nDe: {ANA}\nDate: seg., 5 de mai. de 2025\nSubject: Tu\n\nNinguém gosta de ti.\n")],
    # --- more programs, and where the answer stands ------------------------------------------------------
    "gmail ca": [(NEW, "Sí.\n\n"), (QUOTED, f"El dl., 5 de maig 2025 a les 10:00, {ANA} va escriure:\n\n> Véns?\n")],
    "gmail es wrapped": [(NEW, "Claro.\n\n"), (QUOTED, "El lun, 5 may 2025 a las 10:00, Ana Ruiz (<ana@school.example>)\nescribió:\n\n> ¿Vienes?\n")],
    "proton en": [(NEW, "Yes.\n\n"), (SIGNATURE, "Sent with Proton Mail secure email.\n\n"), (QUOTED, f"On Monday, May 5th, 2025 at 10:00 AM, {ANA} wrote:\n\n> Coming?\n")],
    "yahoo phone es": [(NEW, "Va\n\n"), (SIGNATURE, "Enviado desde Yahoo Mail para iPhone\n\n"), (QUOTED, "El lunes, 5 de mayo de 2025, 10:00, Ana Ruiz <ana@school.example> escribió:\n\n¿Vienes?\n")],
    "windows mail es": [(NEW, "Va\n\n"), (SIGNATURE, "Enviado desde Correo para Windows\n\n"), (QUOTED, f"De: {ANA}\nEnviado: lunes, 5 de mayo de 2025 10:00\nPara: Bo\nAsunto: Fiesta\n\n¿Vienes?\n")],
    "iphone zh": [(NEW, "好的\n\n"), (SIGNATURE, "发自我的iPhone\n\n"), (QUOTED, f"> 在 2025年5月5日，10:00，{ANA} 写道：\n> \n> 你来吗？\n")],
    "iphone ru": [(NEW, "Да\n\n"), (SIGNATURE, "Отправлено с iPhone\n\n"), (QUOTED, f"> 5 мая 2025 г., в 10:00, {ANA} написал(а):\n> \n> Придёшь?\n")],
    "bottom posted": [(QUOTED, f"On Mon, May 5, 2025 at 10:00 AM {ANA} wrote:\n> Coming?\n> Alone?\n\n"), (NEW, "Yes, alone.\n\n"), (SIGNATURE, "-- \nBo Lee\n")],
    "bottom posted es": [(QUOTED, f"El lun, 5 may 2025 a las 10:00, {ANA} escribió:\n> ¿Vienes?\n\n"), (NEW, "Sí, voy.\n\n"), (SIGNATURE, "Enviado desde mi iPad\n")],
    "quoted by bars": [(QUOTED, "On Mon, 5 May 2025 10:00, Ana Ruiz wrote:\n| Coming?\n| Alone?\n"), (NEW, "No.\n")],
    "inline, three levels": [(QUOTED, f"On Mon, May 5, 2025 at 10:00 AM {ANA} wrote:\n>> > Where?\n>> Here.\n> Alone?\n"), (NEW, "No.\n"), (QUOTED, "> Sure?\n"), (NEW, "Sure.\n")],
    "threat forwarded inside a reply": [(NEW, "I am scared.\n\n"), (QUOTED, f"On Mon, May 5, 2025 at 10:00 AM {ANA} wrote:\n\nwho sent this?\n\n"), (FORWARDED, "---------- Forwarded message ---------\nFrom: Cy <cy@x.example>\nSubject: you\n\nYou will be sorry on Friday.\n")],
    # --- in more languages -----------------------------------------------------------------------------
    "outlook ja": [(NEW, "はい\n\n"), (QUOTED, f"差出人: {ANA}\n送信日時: 2025年5月5日 10:00\n宛先: Bo\n件名: 会\n\n来ますか？\n")],
    "outlook pl": [(NEW, "Tak\n\n"), (QUOTED, f"Od: {ANA}\nWysłano: poniedziałek, 5 maja 2025 10:00\nDo: Bo\nTemat: Impreza\n\nPrzyjdziesz?\n")],
    "outlook tr": [(NEW, "Evet\n\n"), (QUOTED, f"Kimden: {ANA}\nGönderildi: 5 Mayıs 2025 Pazartesi 10:00\nKime: Bo\nKonu: Parti\n\nGeliyor musun?\n")],
    "outlook nl": [(NEW, "Ja\n\n"), (QUOTED, f"Van: {ANA}\nVerzonden: maandag 5 mei 2025 10:00\nAan: Bo\nOnderwerp: Feest\n\nKom je?\n")],
    "outlook sv": [(NEW, "Ja\n\n"), (QUOTED, f"Från: {ANA}\nSkickat: den 5 maj 2025 10:00\nTill: Bo\nÄmne: Fest\n\nKommer du?\n")],
    "outlook uk": [(NEW, "Так\n\n"), (QUOTED, f"Від: {ANA}\nНадіслано: 5 травня 2025 р. 10:00\nКому: Bo\nТема: Свято\n\nПрийдеш?\n")],
    "outlook he": [(NEW, "כן\n\n"), (QUOTED, f"מאת: {ANA}\nנשלח: יום שני 5 מאי 2025\nאל: Bo\nנושא: מסיבה\n\nבא?\n")],
    "gmail uk": [(NEW, "Так\n\n"), (QUOTED, f"пн, 5 трав. 2025 р. о 10:00 {ANA} пише:\n\n> Прийдеш?\n")],
    "gmail tr": [(NEW, "Evet\n\n"), (QUOTED, f"{ANA}, 5 May 2025 Pzt, 10:00 tarihinde şunu yazdı:\n\n> Geliyor musun?\n")],
    "gmail tl": [(NEW, "Oo\n\n"), (QUOTED, f"Noong Lun, Mayo 5, 2025 nang 10:00 AM, isinulat ni {ANA} ang:\n\n> Pupunta ka?\n")],
    "gmail hi": [(NEW, "हाँ\n\n"), (QUOTED, f"सोम, 5 मई 2025 को 10:00 am बजे को {ANA} ने लिखा:\n\n> आओगे?\n")],
    "yahoo android": [(NEW, "Sure\n\n"), (SIGNATURE, "Sent from Yahoo Mail on Android\n\n"), (QUOTED, "  On Mon, May 5, 2025 at 10:00 AM, Ana Ruiz<ana@school.example> wrote:   Coming?\nAlone?\n")],
    "qq zh": [(NEW, "好\n\n"), (QUOTED, f"------------------ 原始邮件 ------------------\n发件人: {ANA}\n发送时间: 2025年5月5日\n\n你来吗？\n")],
    "iphone ja": [(NEW, "はい\n\n"), (SIGNATURE, "iPhoneから送信\n\n"), (QUOTED, f"> 2025/05/05 10:00、{ANA}のメール:\n> \n> 来ますか？\n")],
    "apple forward nl": [(NEW, "kijk\n\n"), (FORWARDED, f"Begin doorgestuurd bericht:\n\nVan: {ANA}\nOnderwerp: Jij\n\nNiemand mag je.\n")],
    # --- what must stay one's own -----------------------------------------------------------------------
    "a list of people": [(NEW, "From: the cafeteria\nI walked home and cried.\nTo: nobody\n")],
    "somebody said": [(NEW, "On Monday she wrote:\nnobody will miss you.\nAnd I believed it.\n")],
    "dashes in a poem": [(NEW, "the rain came down\n--\nnobody saw me\n--\nand nobody will\n")],
    "one break in a text": [(NEW, "That was the story so far.\n--\nNow I will tell you what really happened.\n")],
    "a diary": [(NEW, "At lunch on 5/5/2025 my brother wrote:\nI want to hurt him.\nThat was it.\n")],
    "de is a word": [(NEW, "De: nada, amigo.\nNos vemos mañana.\n")],
}  # fmt: skip


def squeezed(pieces):
    return [(kind, " ".join(text.split())) for kind, text in pieces]


@pytest.mark.parametrize("name", PLAIN)
def test_each_piece_is_what_it_is_and_nothing_is_dropped(name):
    body = "".join(text for _, text in PLAIN[name])
    spans = split_quotation(body)
    assert "".join(span.text for span in spans) == body
    assert squeezed((span.kind, span.text) for span in spans) == squeezed(PLAIN[name])


@pytest.mark.parametrize("name", PLAIN)
def test_and_so_it_is_with_the_line_ends_of_mail(name):
    body = "".join(text for _, text in PLAIN[name]).replace("\n", "\r\n")
    mail = (
        b"Subject: Re: x\r\nMessage-ID: <1@x.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + body.encode()
    )
    spans = [span for span in extract_mail(mail).spans if span.kind is not SpanKind.TITLE]
    expected = [(kind, text.replace("\ufeff", "")) for kind, text in PLAIN[name]]
    assert squeezed((span.kind, span.text.replace("\ufeff", "")) for span in spans) == squeezed(expected)


HTML = {
    "gmail": ('<div dir="ltr">Sure.</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
              'On Mon, May 5, 2025 at 10:00 AM Ana &lt;<a href="mailto:a@x.example">a@x.example</a>&gt; wrote:<br></div>'
              '<blockquote class="gmail_quote" style="margin:0">Coming?</blockquote></div>', {"Sure.": NEW, "Coming?": QUOTED}),
    "gmail forward": ('<div dir="ltr">mira<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message '
                      '---------<br>De: <b>Ana</b><br>Date: lun, 5 may 2025<br>Subject: Tú<br></div><br>Nadie te quiere.</div></div>',
                      {"mira": NEW, "Nadie te quiere.": FORWARDED}),
    "gmail inline": ('<div class="gmail_quote"><blockquote class="gmail_quote">Coming?</blockquote><div>Yes, I am.</div>'
                     '<blockquote class="gmail_quote">Alone?</blockquote><div>No, never.</div></div>',
                     {"Coming?": QUOTED, "Yes, I am.": NEW, "Alone?": QUOTED, "No, never.": NEW}),
    "outlook": ('<div class="WordSection1"><p class="MsoNormal">Yes.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt">'
                '<p class="MsoNormal"><b>From:</b> Ana<br><b>Sent:</b> Monday, May 5, 2025<br><b>To:</b> Bo<br><b>Subject:</b> Party</p></div>'
                '<p class="MsoNormal">Coming?</p></div>', {"Yes.": NEW, "Coming?": QUOTED}),
    "outlook es": ('<div class="WordSection1"><p>Claro.</p><p><b>De:</b> Ana<br><b>Enviado el:</b> lunes<br><b>Para:</b> Bo<br>'
                   '<b>Asunto:</b> Fiesta</p><p>¿Vienes?</p></div>', {"Claro.": NEW, "¿Vienes?": QUOTED}),
    "outlook web": ('<div>Yes.</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr">'
                    '<b>From:</b> Ana<br><b>Sent:</b> Monday<br><b>To:</b> Bo<br><b>Subject:</b> Party</div><div>Coming?</div>',
                    {"Yes.": NEW, "Coming?": QUOTED}),
    "apple": ('Yes.<br><div><br><blockquote type="cite"><div>On May 5, 2025, at 10:00 AM, Ana &lt;a@x.example&gt; wrote:</div><br>'
              '<div>Coming?</div></blockquote></div>', {"Yes.": NEW, "Coming?": QUOTED}),
    "apple forward": ('look<br><blockquote type="cite"><div>Begin forwarded message:</div><br><div><b>From: </b>Ana</div><div><b>Subject: </b>'
                      'You</div><br><div>Nobody likes you.</div></blockquote>', {"look": NEW, "Nobody likes you.": FORWARDED}),
    "iphone": ('Yes.<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">'
               'On May 5, 2025, at 10:00 AM, Ana &lt;a@x.example&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div>Coming?</div>'
               '</blockquote>', {"Yes.": NEW, "Sent from my iPhone": SIGNATURE, "Coming?": QUOTED}),
    "thunderbird": ('<p>Yes.</p><div class="moz-cite-prefix">On 5/5/25 10:00, Ana wrote:<br></div><blockquote type="cite" cite="mid:1@x.example">'
                    '<p>Coming?</p></blockquote>', {"Yes.": NEW, "On 5/5/25": QUOTED, "Coming?": QUOTED}),
    "thunderbird, below": ('<div class="moz-cite-prefix">Am 05.05.25 um 10:00 schrieb Ana:<br></div><blockquote type="cite" cite="mid:1@x.example">'
                           '<p>Kommst du?</p></blockquote><p>Ja, gern.</p>', {"Kommst du?": QUOTED, "Ja, gern.": NEW}),
    "thunderbird forward": ('<p>look</p><div class="moz-forward-container">-------- Forwarded Message --------<table><tr><th>Subject: </th><td>You</td></tr>'
                            '</table><p>Nobody likes you.</p></div>', {"look": NEW, "Nobody likes you.": FORWARDED}),
    "proton": ('<div>Yes.</div><div class="protonmail_signature_block"><div>Sent with Proton Mail secure email.</div></div>'
               '<div class="protonmail_quote">On Monday, May 5th, 2025, Ana wrote:<br><blockquote class="protonmail_quote" type="cite">'
               '<div>Coming?</div></blockquote></div>', {"Yes.": NEW, "Proton": SIGNATURE, "Coming?": QUOTED}),
    "outlook web forward": ('<div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr"><b>De:</b> Ana<br><b>Enviado:</b> lunes<br>'
                            '<b>Para:</b> Bo<br><b>Asunto:</b> Tú</div><div>Nadie te quiere.</div>', {"Nadie te quiere.": FORWARDED}),
    "outlook, quoted by outlook": ('<div>Sí.</div><div id="x_divRplyFwdMsg"><b>De:</b> Ana<br><b>Enviado:</b> lunes<br><b>Para:</b> Bo</div>'
                                   '<div>¿Vienes?</div>', {"Sí.": NEW, "¿Vienes?": QUOTED}),
    "yahoo es": ('<div>Va.</div><div class="yahoo_quoted"><div>El lunes, 5 de mayo de 2025, Ana escribió:</div><div>¿Vienes?</div></div>',
                 {"Va.": NEW, "¿Vienes?": QUOTED}),
    "yahoo": ('<div class="ydp1yahoo-style-wrap"><div>Yes.</div></div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Monday, May 5, 2025, '
              'Ana &lt;a@x.example&gt; wrote:</div><div>Coming?</div></div>', {"Yes.": NEW, "Coming?": QUOTED}),
}  # fmt: skip


@pytest.mark.parametrize("name", HTML)
def test_in_html_too(name):
    page, expected = HTML[name]
    message = EmailMessage()
    message["Subject"], message["Message-ID"] = "Re: x", "<1@x.example>"
    message.set_content(page, subtype="html")
    spans = extract_mail(message.as_bytes()).spans
    found = {words: [span.kind for span in spans if words in span.text] for words in expected}
    assert found == {words: [kind] for words, kind in expected.items()}

"""The words by which mail programs mark what was not written now, in the languages schools meet.

Every pattern is matched against one line of bounded length, so that the work grows with the text and not
with its square.
"""

import re

MAX_LINE = 400
"""Characters of a line that are looked at; no mail program writes a longer marker."""

COLONS = (":", "：")

_FORWARD_WORDS = (
    r"forwarded message(?: from .{1,120}?)?|forwarded by .{1,120}?|mensaje reenviado|mensaje original reenviado"
    r"|message transf[ée]r[ée]|weitergeleitete nachricht|mensagem encaminhada|messaggio inoltrato"
    r"|missatge reenviat|doorgestuurd bericht|(?:пересылаемое|пересланное) сообщение|wiadomość przekazana dalej"
    r"|转发(?:的)?邮件(?:信息)?|轉寄(?:的)?郵件|전달된 메시지|転送されたメッセージ|iletilen mesaj"
    r"|vidarebefordrat meddelande"
)
FORWARD = re.compile(
    rf"(?:-{{3,}}\s*(?:{_FORWARD_WORDS})\s*-{{3,}}"
    r"|-{3,}\s*begin forwarded (?:text|message)(?:\s*-{3,})?"
    r"|begin forwarded message\s?:|inicio del mensaje reenviado\s?:"
    r"|d[ée]but du message (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])\s?:"
    r"|anfang der weitergeleiteten (?:nachricht|e-mail)\s?:|in[íi]cio da mensagem (?:encaminhada|reencaminhada)\s?:"
    r"|inizio messaggio inoltrato\s?:|begin doorgestuurd bericht\s?:|początek przekazywanej wiadomości\s?:"
    r"|начало переадресованного сообщения\s?:|転送されたメッセージ\s?[:：]"
    r"|vidarebefordrat brev\s?:|videresendt besked\s?:)\s*$",
    re.IGNORECASE,
)
FORWARD_END = re.compile(r"-{3,}\s*end (?:of )?forwarded (?:text|message)(?:\s*-{3,})?\s*$", re.IGNORECASE)

ORIGINAL = re.compile(
    r"-{3,}\s*(?:original message|original appointment|reply message|mensaje original|message d['\u2019]origine"
    r"|message original|urspr[üu]ngliche (?:nachricht|e-mail)|mensagem original|messaggio originale"
    r"|missatge original|oorspronkelijk bericht|исходное сообщение|(?:wiadomość oryginalna|oryginalna wiadomość)"
    r"|原始邮件|原始郵件|원본 메시지|元のメッセージ|(?:özgün ileti|orijinal mesaj)|ursprungligt meddelande"
    r"|oprindelig (?:besked|meddelelse))\s*-{3,}\s*$",
    re.IGNORECASE,
)

# "From:" opens a block of copied headers when others of them follow; "*From:*" is the bold of a text version.
HEADER_FROM = re.compile(
    r"[*_]?(?:from|de|von|da|van|remitente|от|từ|发件人|寄件者|寄件人|보낸\s?사람|من"
    r"|від|od|kimden|från|fra|lähettäjä|de la|από|מאת|feladó|差出人|送信者)\s?[:：][*_]?\s*\S",
    re.IGNORECASE,
)
HEADER_OTHER = re.compile(
    r"[*_]?(?P<name>sent|date|to|cc|bcc|subject|importance|reply-to"
    r"|enviado(?: el)?|enviada(?: em)?|fecha|para|asunto|responder a"
    r"|envoy[ée]|date|[àa]|objet"
    r"|gesendet|datum|an|betreff"
    r"|data|assunto|inviato|oggetto"
    r"|отправлено|дата|кому|копия|тема"
    r"|(?:đã )?gửi|ngày|đến|tới|chủ đề|tiêu đề"
    r"|发送时间|发送日期|日期|收件人|抄送|主题|寄件日期|收件者|副本|主旨"
    r"|보낸\s?날짜|날짜|받는\s?사람|참조|제목"
    r"|تم الإرسال|التاريخ|إلى|الموضوع"
    r"|надіслано|копія|wysłano|do|dw|temat|odesláno|komu|předmět|gönderildi|tarih|kime|bilgi|konu"
    r"|verzonden|aan|onderwerp|skickat|till|kopia|ämne|sendt|dato|til|kopi|emne|lähetetty|vastaanottaja|aihe"
    r"|trimis|către|subiect|στάλθηκε|ημερομηνία|προς|θέμα|נשלח|תאריך|אל|נושא|elküldve|címzett|tárgy"
    r"|送信日時|日付|宛先|件名)\s?[:：][*_]?(?:\s|$)",
    re.IGNORECASE,
)

_WROTE = r"(?:wrote|writes|escribi[óo]|a [ée]crit|escreveu|ha scritto|va escriure|schreef|skrev|đã viết)"
ATTRIBUTION_START = re.compile(r"(?:On|At|El|Le|Am|Em|Il|Den|Op|Vào)\s", re.IGNORECASE)
ATTRIBUTION = re.compile(
    rf"(?=.*(?:@|\d[:.h]\d\d|\b\d{{4}}\b|\d/\d)).*(?:\b{_WROTE}\s?:?|\bschrieb\b.{{0,150}}:|\bsays\s?:)\s*$",
    re.IGNORECASE,
)
# What of an attribution is never said of a diary or a book: whose address it was, or the minute.
ATTRIBUTION_SURE = re.compile(r"@|(?=.*\d[:.h]\d\d)(?=.*(?:\b\d{4}\b|\d/\d))", re.IGNORECASE)
# Yahoo's program for Android puts the text that was answered on the same line.
ATTRIBUTION_AND_TEXT = re.compile(
    rf"(?:On|El)\s.{{10,120}}<[^<>\s@]{{1,64}}@[^<>\s@]{{1,190}}>\s{_WROTE}:\s{{2,}}\S", re.IGNORECASE
)
ATTRIBUTION_LOOSE = re.compile(
    rf"(?:.*\b(?:{_WROTE}|said|says|schrieb|dijo|scribbled|spake)\b.{{0,80}}:|(?:quoting|citando a)\s.{{1,150}}:"
    r"|.*(?:写道|寫道|님이 작성|написала?|написал\(а\)|كتب)\s?[:：]"
    r"|(?=\D*\d)[^<]*<[^<>@]{1,80}@[^<>]{1,80}>[^<>]{0,60}[:：])\s*$",
    re.IGNORECASE,
)

_DEVICES = r"(?:iphone|ipad|android|galaxy|samsung)"
DEVICE = re.compile(
    r"(?:(?:sent|enviado|enviada|envoy[ée]|inviato|gesendet)\s(?:from|with|via|using|desde|con|de|depuis|do|da|von|mit)\s"
    r"(?:(?:my|mi|mon|meu|il mio|dal mio|the|a|el|la|le|o|an)\s)?(?:\w{2,12}\s){0,2}?"
    r"(?:iphone|ipad|ipod|android|galaxy|samsung|chromebook|pixel|huawei|xiaomi|motorola|blackberry|nokia|lg|htc|oneplus"
    r"|outlook|yahoo|mail for windows|correo|gmail|aol|proton|windows|hotmail|mobile|cell|tel[ée]fono|phone|smartphone"
    r"|m[óo]vil|celular|t[ée]l[ée]phone|handy|verizon|t-mobile|at&t)"
    r"[\w ,.&<>:/()\u2019'*-]{0,60}"
    r"|von meinem [\w -]{2,30} gesendet"
    r"|(?:wysłane z|verstuurd vanaf mijn|skickat från min|sendt fra min|надіслано з)\s?(?:mojego )?"
    rf"{_DEVICES}[\w\u2019' ]{{0,20}}|{_DEVICES}(?:から送信|[\u2019']?(?:umdan|imden) gönderildi)"
    rf"|(?:отправлено с|đã gửi từ|enviat des del meu)\s?{_DEVICES}(?: của tôi)?"
    rf"|(?:发自我的|發自我的|從我的|나의)\s?{_DEVICES}(?:\s?傳送|에서 보냄)?"
    r"|(?:get|obtener|obtén|télécharger) outlook (?:for|para|pour) (?:ios|android)\W*(?:<[^<>]{0,80}>)?)$",
    re.IGNORECASE,
)

RULE = re.compile(r"[_=-]{15,}$")
LIST_WORDS = re.compile(
    r"mailing list|unsubscribe|listinfo|lista de correo|darse de baja|cancelar (?:la )?suscripci[óo]n|https?://\S*list",
    re.IGNORECASE,
)

PREFIX = re.compile(r"[A-Za-z]{1,4}>|--\]|&>|[|#%]")
"""What some mail programs put before quoted lines instead of ">"; believed only right after an attribution."""

EMOTICON = re.compile(r">(?:[:;=]['-]?[()DPpOo/\\|\[\]<>]|[._]+<|_+>)")
"""A line that begins with an angry face is not quoted text."""

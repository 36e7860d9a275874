"""Texts whose label is missing or wrong, in the charsets that the languages of schools were once written in."""

import pytest

from monitor.extract.charsets import guess_charset
from monitor.extract.plain import decode_bytes

RUSSIAN = "Привет, как дела? Завтра встречаемся у школы после третьего урока."
CHINESE = "你好，明天放学以后我们在学校门口见面，好吗？我想和你说一件事。"
TAIWANESE = "你好，明天放學以後我們在學校門口見面，好嗎？我想和你說一件事。"
KOREAN = "안녕하세요. 내일 수업이 끝난 후에 학교 앞에서 만나요."
JAPANESE = "こんにちは。明日、放課後に学校の門で会いましょう。"
SPANISH = "Mañana nos vemos después de la última clase, ¿vienes? Él también quería venir al jardín."
UNLABELLED = [
    *((RUSSIAN, codec) for codec in ("cp1251", "koi8-r", "cp866", "iso-8859-5", "mac-cyrillic")),
    ("Привіт, як справи? Завтра зустрічаємось біля школи, її не буде.", "cp1251"),
    ("Γεια σου, τι κάνεις; Αύριο συναντιόμαστε στο σχολείο.", "cp1253"),
    ("שלום, מה שלומך? מחר ניפגש ליד בית הספר.", "cp1255"),
    ("مرحبا كيف حالك؟ غدا نلتقي بعد المدرسة عند الباب", "cp1256"),
    ("สวัสดี พรุ่งนี้เจอกันที่โรงเรียนหลังเลิกเรียน", "cp874"),
    (CHINESE, "gb18030"),
    ("我不想活了", "gb2312"),
    (TAIWANESE, "big5"),
    (KOREAN, "cp949"),
    *((JAPANESE, codec) for codec in ("cp932", "euc_jp")),
    *((SPANISH, codec) for codec in ("cp1252", "mac-roman", "cp850")),
    ("Wir müssen uns morgen nach der Schule treffen, schönes Wetter für Fußball.", "cp1252"),
    ("It\u2019s \u201cfine\u201d \u2013 don\u2019t worry\u2026 it is 5°C.", "cp1252"),
    ("Cześć, jutro spotkamy się po trzeciej lekcji, będę czekać. Źle się czuję.", "cp1250"),
    ("Merhaba, yarın okuldan sonra görüşelim, seni çok özledim. Şimdi değil.", "cp1254"),
    ("明日 hello 学校で", "iso2022_jp"),
    ("내일 학교 hello", "iso2022_kr"),
    ("我们在学校 hello", "hz"),
    ("Dear teacher, this is my friend Иван and he has just come from Москва.", "cp1251"),
]


@pytest.mark.parametrize(("text", "codec"), UNLABELLED)
def test_a_text_without_a_label_is_read_in_its_charset(text, codec):
    assert decode_bytes(text.encode(codec)) == text


@pytest.mark.parametrize("label", ["gb2312", "iso-8859-1", "windows-1251", "koi8-r", "big5"])
@pytest.mark.parametrize("text", [RUSSIAN, SPANISH, KOREAN])
def test_utf8_under_another_name_is_utf8(text, label):
    assert decode_bytes(text.encode(), label) == text


@pytest.mark.parametrize(("text", "codec"), [(RUSSIAN, "cp1251"), (CHINESE, "gb18030"), (KOREAN, "cp949")])
def test_latin_as_a_label_of_those_who_did_not_ask(text, codec):
    assert decode_bytes(text.encode(codec), "iso-8859-1") == text


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (RUSSIAN, "koi8-r"),
        ("Ещё", "windows-1251"),
        (SPANISH, "iso-8859-1"),
        ("ÉTÉ À NOËL", "iso-8859-1"),
        (CHINESE, "gbk"),
    ],
)
def test_a_label_that_may_be_right_is_believed(text, codec):
    assert decode_bytes(text.encode(codec), codec) == text


def test_a_sample_may_end_in_the_middle_of_a_letter():
    assert guess_charset((CHINESE * 2_000).encode("gb18030")[:-1]) == "gb18030"
    assert decode_bytes((RUSSIAN * 2_000).encode()[:-1], "gb2312").startswith(RUSSIAN)


@pytest.mark.parametrize("label", ["utf-16", "utf-16le", "utf-32"])
def test_a_label_of_16_bits_on_text_of_8_makes_no_foreign_signs(label):
    assert decode_bytes(b"I will hurt them", label) == "I will hurt them"
    assert decode_bytes(SPANISH.encode(), label) == SPANISH
    assert decode_bytes(SPANISH.encode("utf-16-le"), "utf-16le") == SPANISH


@pytest.mark.parametrize("text", ["costs ~{5} or so", "a ~ {b}", "print(~{1})"])
def test_a_mark_in_the_middle_of_ascii_is_no_other_charset(text):
    assert decode_bytes(text.encode()) == text

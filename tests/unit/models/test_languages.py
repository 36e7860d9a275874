"""Ordinary words in fifty languages, and a text of ten million letters: a score for each, and no alarm."""

import pytest

from models.categories import CATEGORIES

GREETINGS = {
    "Afrikaans": "Goeie môre, ons het vandag wiskunde.", "Albanian": "Mirëmëngjes, sot kemi matematikë.",
    "Amharic": "እንደምን አደርክ፣ ዛሬ ሂሳብ አለን።", "Arabic": "صباح الخير، لدينا اليوم درس رياضيات.",
    "Armenian": "Բարի լույս, այսօր մաթեմատիկա ունենք։", "Azerbaijani": "Sabahınız xeyir, bu gün riyaziyyatımız var.",
    "Basque": "Egun on, gaur matematika daukagu.", "Bengali": "সুপ্রভাত, আজ আমাদের গণিত আছে।",
    "Bosnian": "Dobro jutro, danas imamo matematiku.", "Bulgarian": "Добро утро, днес имаме математика.",
    "Burmese": "မင်္ဂလာနံနက်ခင်းပါ၊ ဒီနေ့ သင်္ချာရှိတယ်။",
    "Catalan": "Bon dia, avui tenim matemàtiques.",
    "Chinese": "早上好，今天我们有数学课。", "Croatian": "Dobro jutro, danas imamo matematiku i glazbeni.",
    "Czech": "Dobré ráno, dnes máme matematiku.", "Danish": "Godmorgen, i dag har vi matematik.",
    "Dutch": "Goedemorgen, vandaag hebben we wiskunde.", "English": "Good morning, we have math today.",
    "Estonian": "Tere hommikust, täna on meil matemaatika.",
    "Finnish": "Hyvää huomenta, tänään meillä on matematiikkaa.",
    "French": "Bonjour, nous avons maths aujourd'hui.",
    "Georgian": "დილა მშვიდობისა, დღეს მათემატიკა გვაქვს.",
    "German": "Guten Morgen, heute haben wir Mathe.",
    "Greek": "Καλημέρα, σήμερα έχουμε μαθηματικά.",
    "Gujarati": "સુપ્રભાત, આજે આપણે ગણિત છે.", "Haitian Creole": "Bonjou, jodi a nou gen matematik.",
    "Hausa": "Ina kwana, yau muna da lissafi.", "Hebrew": "בוקר טוב, היום יש לנו מתמטיקה.",
    "Hindi": "सुप्रभात, आज हमारा गणित है।", "Hmong": "Nyob zoo, hnub no peb kawm lej.",
    "Hungarian": "Jó reggelt, ma matekunk van.", "Icelandic": "Góðan daginn, í dag er stærðfræði.",
    "Indonesian": "Selamat pagi, hari ini ada matematika.", "Italian": "Buongiorno, oggi abbiamo matematica.",
    "Japanese": "おはようございます、今日は数学があります。", "Khmer": "អរុណសួស្តី ថ្ងៃនេះយើងមានគណិតវិទ្យា។",
    "Korean": "안녕하세요, 오늘은 수학이 있어요.", "Lao": "ສະບາຍດີ, ມື້ນີ້ພວກເຮົາມີຄະນິດສາດ.",
    "Persian": "صبح بخیر، امروز ریاضی داریم.", "Polish": "Dzień dobry, dziś mamy matematykę.",
    "Portuguese": "Bom dia, hoje temos matemática.", "Punjabi": "ਸ਼ੁਭ ਸਵੇਰ, ਅੱਜ ਸਾਡਾ ਗਣਿਤ ਹੈ।",
    "Romanian": "Bună dimineața, azi avem matematică.", "Russian": "Доброе утро, сегодня у нас математика.",
    "Somali": "Subax wanaagsan, maanta waxaan leenahay xisaab.", "Spanish": "Buenos días, hoy tenemos matemáticas.",
    "Swahili": "Habari za asubuhi, leo tuna hisabati.", "Tagalog": "Magandang umaga, may matematika tayo ngayon.",
    "Ukrainian": "Доброго ранку, сьогодні в нас математика.", "Vietnamese": "Chào buổi sáng, hôm nay có môn toán.",
}  # fmt: skip


def test_there_are_fifty_languages():
    assert len(set(GREETINGS.values())) == 50


@pytest.fixture(scope="module")
def scored(classifier):
    return dict(zip(GREETINGS, classifier.score(list(GREETINGS.values())), strict=True))


@pytest.mark.parametrize("language", GREETINGS)
def test_an_ordinary_sentence_is_scored_and_raises_no_alarm(language, scored):
    assert all(0 <= scored[language].scores[category] <= 1 for category in CATEGORIES)
    assert scored[language].flags == ()


def test_a_text_of_ten_million_letters_is_read_to_its_end(classifier):
    text = "The plants by the window grew a little every day. " * 200_000 + "I want to kill myself tonight."
    assert len(text) > 10_000_000
    [score] = classifier.score([text])
    assert score.flags == ("self_harm",)
    assert any(span.end >= len(text) - 1 for span in score.spans)

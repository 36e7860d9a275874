"""What the full evaluation looks at, and how each text is scored."""

import io

import numpy as np
import pytest

from models.categories import CATEGORIES
from models.evaluation.corpus import Text, limited, load_corpus
from models.evaluation.labelled import EvaluationError
from models.evaluation.mails import plain_text, read_mails
from models.evaluation.scored import score_all
from models.training.progress import Progress
from tests.unit.models.evaluation_data import ESSAYS, ROWS, PretendedClassifier, mail, write_data


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def corpus(data):
    return load_corpus(data)


def of_source(corpus, source):
    return [text for text in corpus.texts if text.source == source]


def test_every_origin_is_there_and_training_rows_are_not(corpus, data):
    assert {text.origin for text in corpus.texts} == {"held_out", "eval", "own", "frozen", "mail"}
    assert 3 <= len(of_source(corpus, "insults")) < 40
    assert len(of_source(corpus, "benign_essays")) == ESSAYS
    assert corpus.texts == load_corpus(data).texts


def test_only_the_four_categories_are_kept_as_targets(corpus):
    assert {category for text in corpus.texts for category in text.targets} == set(CATEGORIES)


def test_sentences_without_hate_answer_and_hateful_ones_do_not(corpus):
    first, second = of_source(corpus, "stormfront_test")
    assert first.harmless
    assert first.knows("bullying") is False
    assert second.targets == {}
    assert not second.harmless


def test_annotations_follow_their_rows(corpus):
    assert {text.label for text in of_source(corpus, "identity_templates")} == {"BAD", "NOT_BAD"}
    toxic = of_source(corpus, "toxic_spans")[0]
    places = toxic.label["toxic_chars"]
    assert toxic.text[places[0] : places[-1] + 1] == "loser"


def test_channels_follow_the_source(corpus):
    channels = {text.source: text.channel for text in corpus.texts}
    assert channels["mail_ham"] == "mail"
    assert channels["benign_essays"] == "document"
    assert channels["insults"] == "chat"
    assert {t.channel for t in corpus.texts if t.source == "frozen_benign"} == {"mail", "document", "chat"}


def test_a_frozen_look_alike_is_harmless_in_every_category(corpus):
    frozen = [text for text in corpus.texts if text.source == "frozen_sentences"]
    assert sum(text.harmless for text in frozen) == len(frozen) / 2
    assert all(len(text.targets) == 4 for text in frozen if text.harmless)


def test_mails_whose_text_trained_are_left_out(corpus):
    mails = [text.text for text in of_source(corpus, "real_mail")]
    assert mails[-1] == "Picnic\nBring a blanket and a hat for the picnic, please."
    assert 10 < len(mails) < 40  # besides it only those of the held-out test split
    assert f"{ROWS + 1 - len(mails)} real mails left out" in " ".join(corpus.remarks)


def test_what_is_absent_is_remarked(corpus):
    assert "eval/chatter_webtext is absent" in corpus.remarks


def test_without_data_it_says_what_is_needed(tmp_path):
    with pytest.raises(EvaluationError, match="needs the data sets"):
        load_corpus(tmp_path)


def test_a_limit_keeps_so_many_of_each_source_and_always_the_same():
    texts = [Text(f"{source} {i}", source, "g", "own", {}) for source in "ab" for i in range(50)]
    kept = limited(texts, 7)
    assert [text.source for text in kept] == ["a"] * 7 + ["b"] * 7
    assert kept == limited(texts, 7)


def test_html_and_broken_mails_are_no_text():
    assert plain_text(mail("x", "<p>hello</p>", "html")) == ""
    assert not any(map(str.isalpha, plain_text(b"\xff\xfe\x00")))
    assert plain_text(b"Content-Type: text/plain; charset=klingon\n\nhello") == "hello"
    assert plain_text(b"Subject: =?bad?q?x\nContent-Type: text/plain\n\nhello there").endswith("hello there")


def test_an_unreadable_archive_gives_no_mail(tmp_path):
    (tmp_path / "x.tar.gz").write_bytes(b"nonsense")
    assert list(read_mails(tmp_path / "x.tar.gz")) == []


def test_each_text_is_scored_once_in_its_own_channel(corpus):
    classifier = PretendedClassifier()
    stream = io.StringIO()
    scored = score_all(classifier, corpus.texts, Progress(len(corpus.texts), "scored", stream))
    assert sorted(classifier.seen) == sorted((text.channel, text.text) for text in corpus.texts)
    assert "(100 %)" in stream.getvalue()
    place = next(i for i, text in enumerate(corpus.texts) if text.text == "The match is on Sunday.")
    assert scored.scores[place] == pytest.approx(0.01 + 23 / 10_000)


def test_thresholds_are_those_of_each_texts_channel():
    classifier = PretendedClassifier()
    classifier.thresholds["chat"]["bullying"]["alert"] = 0.95
    texts = [Text("loser", source, "g", "held_out", {"bullying": (1.0, 1.0)}) for source in ("mail_ham", "insults")]
    scored = score_all(classifier, texts)
    assert scored.over("bullying", "alert").tolist() == [True, False]
    assert scored.lead("bullying", "alert")[0] == pytest.approx(np.log(9))

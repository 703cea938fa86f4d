"""The trained component survives disk and bytes, and says in our words when it is not there."""

from pathlib import Path

import pytest
import spacy

from clientinbox.edge.nlp.component import MailReader
from clientinbox.edge.nlp.reader import PIPELINE, ModelMissing, SpacyClassifier, load_classifier
from clientinbox.triage.classifier import OwnWords

MAIL = [
    OwnWords("Late again", "This is the third time you have missed the date. It is not acceptable."),
    OwnWords("Form", "Could you also add a second language to the contact form?"),
]


@pytest.fixture(scope="module")
def classifier() -> SpacyClassifier:
    return load_classifier()


def test_to_disk_and_back_changes_nothing(classifier: SpacyClassifier, tmp_path: Path) -> None:
    spacy.load(PIPELINE).to_disk(tmp_path / "copy")
    again = load_classifier(tmp_path / "copy")
    assert again.version == classifier.version
    assert again.classify(MAIL) == classifier.classify(MAIL)


def test_bytes_and_back_change_nothing() -> None:
    nlp = spacy.load(PIPELINE)
    reader = nlp.get_pipe("mail_reader")
    assert isinstance(reader, MailReader)
    again = MailReader().from_bytes(reader.to_bytes())
    assert again.read(MAIL[0].subject, MAIL[0].text) == reader.read(MAIL[0].subject, MAIL[0].text)


def test_it_stands_in_a_pipeline_like_any_other_and_fills_cats() -> None:
    doc = spacy.load(PIPELINE)("Could you also add a second language to the contact form?")
    assert max(doc.cats, key=lambda name: doc.cats[name]) == "scope_change"


def test_the_pipeline_is_small() -> None:
    assert sum(file.stat().st_size for file in PIPELINE.rglob("*") if file.is_file()) < 24_000_000


def test_a_missing_pipeline_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="could not be loaded"):
        load_classifier(tmp_path / "nothing")


@pytest.mark.parametrize("broken", ["settings.json", "words.txt", "weights.npz", "encoder.onnx"])
def test_a_damaged_pipeline_is_said_in_words(tmp_path: Path, broken: str) -> None:
    spacy.load(PIPELINE).to_disk(tmp_path / "copy")
    file = tmp_path / "copy" / "mail_reader" / broken
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ModelMissing):
        load_classifier(tmp_path / "copy")


def test_a_pipeline_without_our_reader_is_refused(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(ModelMissing, match="another version"):
        load_classifier(tmp_path / "blank")

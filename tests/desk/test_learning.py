"""Corrections teach a model of the user's own: adopted where it is better, refused where not, and taken back."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clientinbox.desk.learning import CannotLearn, in_use, learn, mcnemar, step_back
from clientinbox.edge.nlp.own_models import OwnModels
from clientinbox.edge.nlp.reader import load_classifier
from clientinbox.edge.nlp.version import shipped_version
from clientinbox.triage.classifier import OwnWords

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WISHES = ["a longer lunch menu", "the blue banner", "two more mugs", "a photo of the dog", "our opening hours"]
PLACES = ["shop", "café", "depot", "office"]


def asked(kit: Any) -> list[Any]:
    """Mails of one house: "for the wall" is a change of scope there (which nobody else could know), the rest is not."""
    mails = []
    for number in range(40):
        wish, place = WISHES[number % 5], PLACES[number // 5 % 4]
        on_wall = number >= 20
        text = (
            f"{wish.capitalize()} {'goes on the wall' if on_wall else 'is on its way'} of the {place}. All the best, W"
        )
        mails.append(
            kit.Mail(text=text, subject=f"Matter {number}", date=BEGAN + timedelta(minutes=number), id=f"<{number}@x>")
        )
    return mails


def correct(house: Any, mails: list[Any], labelled: Any) -> None:
    """Set the labels of every mail: scope change where asked, nothing elsewhere."""
    for number, mail in enumerate(mails):
        message = house.page(mail).messages[-1]
        wanted = {"scope_change"} if labelled(number) else set()
        for label in wanted ^ set(message.labels):
            house.changes.toggle_label(house.connection, house.knowledge, house.now, mail.message_id, label)
        house.changes.set_tension(house.connection, house.knowledge, house.now, mail.message_id, 0)


def test_a_pattern_of_the_users_own_is_learned_used_and_taken_back(house: Any, kit: Any, tmp_path: Path) -> None:
    mails = asked(kit)
    house.receive(*mails)
    correct(house, mails, lambda number: number >= 20)
    own = tmp_path / "model"
    learned = learn(house.connection, own, house.now)
    assert learned.number == 1
    assert learned.about.wrong_after < learned.about.wrong_before
    assert learned.macro_f1_after > learned.macro_f1_before
    assert stat.S_IMODE((own / "0001" / "head.npz").stat().st_mode) == 0o600

    known = in_use(house.connection, own)
    assert (known.number, known.corrected, known.version) == (1, 40, f"{shipped_version()}+own-1")
    reader = load_classifier(own=own)
    assert reader.version == known.version
    assert [
        label.value
        for label in reader.classify([OwnWords("", "The green lamp goes on the wall of the shop.")])[0].labels
    ]

    assert step_back(own) == 0
    assert load_classifier(own=own).version == shipped_version()
    with pytest.raises(CannotLearn, match="nothing to go back to"):
        step_back(own)


def test_where_the_model_is_right_already_nothing_changes(house: Any, kit: Any, tmp_path: Path) -> None:
    mails = asked(kit)
    house.receive(*mails)
    said = load_classifier().classify([OwnWords(mail.subject, mail.text) for mail in mails])
    for mail, verdict in zip(mails, said, strict=True):
        message = house.page(mail).messages[-1]
        for label in {each.value for each in verdict.labels} ^ set(message.labels):
            house.changes.toggle_label(house.connection, house.knowledge, house.now, mail.message_id, label)
        house.changes.set_tension(house.connection, house.knowledge, house.now, mail.message_id, int(verdict.tension))
    learned = learn(house.connection, tmp_path / "model", house.now)
    assert learned.number is None
    assert OwnModels(tmp_path / "model").number() == 0


def test_a_few_corrections_are_too_few(house: Any, kit: Any, tmp_path: Path) -> None:
    mail = kit.Mail()
    house.receive(mail)
    house.changes.set_tension(house.connection, house.knowledge, house.now, mail.message_id, 2)
    with pytest.raises(CannotLearn, match="1 corrected messages, too few"):
        learn(house.connection, tmp_path / "model", house.now)


def test_two_trainings_do_not_run_at_once(house: Any, tmp_path: Path) -> None:
    with OwnModels(tmp_path / "model").training(), pytest.raises(CannotLearn, match="running already"):
        learn(house.connection, tmp_path / "model", house.now)


def test_mail_is_judged_again_when_another_training_is_in_use(house: Any, kit: Any, tmp_path: Path) -> None:
    house.understanding._own_models = tmp_path / "model"
    mail = kit.Mail(text="Could you look? SCOPE_CHANGE")
    house.receive(mail)
    judged_by = "SELECT version FROM verdicts"
    before = house.connection.execute(judged_by).fetchone()[0]
    OwnModels(tmp_path / "model").use(1)
    assert house.understanding.step(house.now) is not None
    house.understand()
    assert house.connection.execute(judged_by).fetchone()[0] == before.replace("+cues", "+own-1+cues")


@pytest.mark.parametrize(("mended", "broken", "p"), [(0, 0, 1.0), (6, 0, 0.03125), (5, 5, 1.0), (8, 2, 0.109375)])
def test_mcnemar(mended: int, broken: int, p: float) -> None:
    assert mcnemar(mended, broken) == pytest.approx(p)

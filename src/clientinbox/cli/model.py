"""`clientinbox model`: which model reads the mail, learning from corrections, and the step back."""

import argparse
from typing import TYPE_CHECKING

from clientinbox.errors import ExitCode

if TYPE_CHECKING:
    from clientinbox.desk.desk import Desk
    from clientinbox.desk.learning import About

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names its type so


def register(commands: "Commands") -> None:
    parser = commands.add_parser("model", help="the model that reads mail: what it is, learn, step back")
    parser.add_argument(
        "what",
        choices=["info", "train", "rollback"],
        help="which model is in use; learn from your corrections; go back to the training before",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        return {"info": _info, "train": _train, "rollback": _roll_back}[arguments.what](desk)


def _info(desk: "Desk") -> int:
    model = desk.model_in_use()
    print(f"in use: {model.version}")
    print(f"as it ships: {model.shipped}")
    if model.about:
        about = model.about
        print(f"learned: {about.made_at[:16]} from {about.corrections} corrected messages, {_compared(about)}")
        if about.made_on != model.shipped:
            print("It was learned on an earlier model and is not used: `clientinbox model train` learns again.")
    print(f"corrected messages to learn from: {model.corrected}")
    return int(ExitCode.OK)


def _train(desk: "Desk") -> int:
    learned = desk.learn()
    print(f"{learned.about.corrections} corrected messages, a fifth held out: {_compared(learned.about)}")
    print(f"macro-F1 of the labels there: {learned.macro_f1_before:.3f} before, {learned.macro_f1_after:.3f} after")
    if learned.number is None:
        print("Not better, so nothing changes.")
        return int(ExitCode.ATTENTION)
    print(f"Your training {learned.number} reads from now on; `clientinbox model rollback` takes it back.")
    return int(ExitCode.OK)


def _roll_back(desk: "Desk") -> int:
    number = desk.step_model_back()
    print(f"Your training {number} reads again." if number else "The model as it ships reads again.")
    return int(ExitCode.OK)


def _compared(about: "About") -> str:
    return (
        f"of {about.held_out} decisions {about.wrong_before} wrong before, {about.wrong_after} after "
        f"(McNemar p = {about.p_value:.3f})"
    )

"""`clientinbox attachment`: list what is attached to a message or a thread, and save it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from clientinbox.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from clientinbox.desk.views import AttachmentView


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("attachment", help="list what is attached, or save it")
    parser.add_argument("name", metavar="MESSAGE-ID-or-THREAD", help="as `show` takes it")
    parser.add_argument("number", metavar="NUMBER", nargs="?", type=int, help="which one, as the list numbers them")
    parser.add_argument(
        "--save", metavar="DIR", type=Path, help="save there, without a NUMBER all of them (else: your downloads)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.shapes import dumps
    from clientinbox.desk.desk import open_desk

    saved: dict[int, Path] = {}
    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        listed = dict(enumerate(desk.attachments(arguments.name), 1))
        if arguments.number is not None and arguments.number not in listed:
            raise UsageError(f"There is no attachment {arguments.number}.", todo=f"{arguments.name} has {len(listed)}.")
        wanted = [arguments.number] if arguments.number is not None else list(listed) if arguments.save else []
        for number in wanted:
            saved[number] = desk.save_attachment(listed[number], arguments.save)
            if not arguments.json:
                print(saved[number])
    chosen = {number: listed[number] for number in wanted} if wanted else listed
    if arguments.json:
        print(dumps([_shape(number, view, saved.get(number)) for number, view in chosen.items()]))
    elif not wanted:
        for number, view in listed.items():
            where = "" if view.kept else ", on the server"
            print(f"{number}  {view.filename} ({view.content_type}, {view.size} octets{where})")
    return int(ExitCode.OK)


def _shape(number: int, view: "AttachmentView", saved: Path | None) -> dict[str, object]:
    return {
        "number": number,
        "message_id": view.message_id,
        "filename": view.filename,
        "content_type": view.content_type,
        "size": view.size,
        "kept": view.kept,
        "saved": None if saved is None else str(saved),
    }

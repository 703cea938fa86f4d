"""`clientinbox registry import/export`: clients, contacts and projects as TOML."""

import argparse
import sys
from pathlib import Path

from clientinbox.errors import ExitCode, UsageError


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("registry", help="import or export clients, contacts and projects")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    importing = actions.add_parser("import", help="replace the registry by a TOML file")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.set_defaults(run=run_import)
    exporting = actions.add_parser("export", help="write the registry as TOML")
    exporting.add_argument("file", type=Path, metavar="FILE", help="- for standard output")
    exporting.set_defaults(run=run_export)


def run_import(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        imported = desk.import_registry(arguments.file)
    for warning in imported.warnings:
        print(f"clientinbox: {warning}", file=sys.stderr)
    people = f"{imported.clients} clients, {imported.contacts} contacts"
    print(f"{people}, {imported.projects} projects, {imported.rows} register rows.")
    return int(ExitCode.OK)


def run_export(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.desk import open_desk

    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        text = desk.export_registry()
    if str(arguments.file) == "-":
        print(text, end="")
    else:
        try:
            arguments.file.write_text(text, encoding="utf-8")
        except OSError as exc:
            raise UsageError(f"{arguments.file} cannot be written: {exc.strerror}.") from exc
    return int(ExitCode.OK)

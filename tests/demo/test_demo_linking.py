"""Linking measured on the annotated story: floors, so that a change of rule which costs accuracy is seen."""

import email
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from email.message import Message
from email.utils import getaddresses
from pathlib import Path

from clientinbox.demo.scenario import DEMO_START, DemoMessage, scenario
from clientinbox.projects.linking import REMEMBERED_FROM, Link, LinkFacts, link
from clientinbox.projects.registry_form import registry_from

GOLD = {
    row["id"]: row["gold"]
    for row in map(json.loads, (Path(__file__).parent / "gold.jsonl").read_text("utf-8").splitlines())
}


def own_text(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() in {"text/plain", "text/html"} and part.get_filename() is None:
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            text = re.sub(r"<[^>]+>", " ", content.decode()).replace("\r\n", "\n")
            return re.split(r"\n-- \n|\nOn [^\n]* wrote:|\n>", text)[0]
    return ""


def linked() -> Iterator[tuple[DemoMessage, Link]]:
    """Each message as it is linked on arrival, knowing the messages of its thread so far."""
    story = scenario(DEMO_START)
    registry = registry_from(story.registry, DEMO_START)
    threads: dict[str, list[Message]] = defaultdict(list)
    memory: dict[str, str] = {}
    for message in story.messages + story.later:
        read = email.message_from_bytes(message.raw)
        thread = threads[message.thread]
        thread.append(read)
        people = getaddresses([str(each[field]) for each in thread for field in ("From", "To", "Cc") if each[field]])
        found = link(
            LinkFacts(
                addresses=tuple(address.lower() for _, address in people if not address.endswith("@lantern.example")),
                subjects=tuple(str(each["Subject"]) for each in reversed(thread)),
                texts=tuple(map(own_text, thread)),
                attachments=tuple(name for each in thread for part in each.walk() if (name := part.get_filename())),
                remembered=memory.get(message.thread),
                automatic="Auto-Submitted" in read or "List-Id" in read,
            ),
            registry,
        )
        if found.project is not None and found.confidence >= REMEMBERED_FROM:
            memory[message.thread] = found.project
        yield message, found


def test_the_story_is_linked_nearly_whole_and_never_wrongly() -> None:
    results = [(found, GOLD[message.id]) for message, found in linked()]
    assert all(found.client == gold["client"] for found, gold in results)
    assert not [found for found, gold in results if found.project is not None and found.project != gold["project"]]
    right = sum(found.project == gold["project"] for found, gold in results)
    assert right / len(results) >= 0.95


def test_where_two_projects_are_meant_alike_both_are_offered_and_none_is_claimed() -> None:
    both = [found for message, found in linked() if message.thread == "of-both"]
    assert all(found.project is None for found in both)
    assert all([each.project for each in found.candidates] == ["OF-3", "OF-4"] for found in both)

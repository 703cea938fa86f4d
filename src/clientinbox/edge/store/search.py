"""A question's tree as SQL: words go to the full-text index, the rest to columns; the newest answer comes first.

Where all of a question must hold, its words lead: FTS5 gives rowids in order, so that the first page of an answer costs
the same in any mailbox. Ordering by anything else would read every match.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clientinbox.edge.store.connection import Connection
from clientinbox.query import tree
from clientinbox.query.tree import Comparison, Field, Is, Node, Not, Words

_COLUMNS = {Field.SENDER: "sender", Field.RECIPIENTS: "recipients", Field.SUBJECT: "subject", Field.BODY: "body"}
_WISHED = (
    "(SELECT is_on FROM server_queue WHERE message_id = m.message_id AND flag = '{flag}' "
    "AND state IN ('waiting', 'sending', 'parked', 'local') ORDER BY id DESC LIMIT 1)"
)
"""What a person has set and the server is still to hear of; NULL where that is nothing."""
_UNREAD = (
    r"coalesce(" + _WISHED.format(flag=r"\Seen") + r" = 0, "
    r"EXISTS (SELECT 1 FROM places WHERE message = m.id AND instr(flags, '\Seen') = 0))"
)
_IS = {
    Is.UNREAD: _UNREAD,
    Is.READ: f"NOT {_UNREAD}",
    Is.FLAGGED: r"coalesce("
    + _WISHED.format(flag=r"\Flagged")
    + r", EXISTS (SELECT 1 FROM places WHERE message = m.id AND instr(flags, '\Flagged') > 0))",
    Is.ANSWERED: r"EXISTS (SELECT 1 FROM places WHERE message = m.id AND instr(flags, '\Answered') > 0)",
    Is.SENT: "m.ours = 1",
    Is.AUTOMATIC: "m.automatic != ''",
    Is.WITH_ATTACHMENT: "m.attachments != '[]'",
}
_SENT = "CAST(strftime('%s', m.sent_at) AS INTEGER)"
_CORRECTED = (
    "(SELECT value FROM corrections WHERE message_id = m.message_id AND field = ? AND undone_at IS NULL "
    "ORDER BY id DESC LIMIT 1)"
)
_COMPARED = {each: each.value for each in Comparison}
_SELECT = (
    "SELECT m.id, m.message_id, m.thread, m.sent_at, m.from_name, m.from_email, m.subject, m.ours, m.automatic, "
    "v.labels, v.tension, s.client, s.project, json_extract(s.state, '$.escalate') AS escalate "
)
_JOINED = "LEFT JOIN verdicts v ON v.message = m.id LEFT JOIN summaries s ON s.thread = m.thread "

Condition = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Found:
    """A message that answers, as far as a list shows it; corrections not applied."""

    message: int
    message_id: str
    thread: int
    sent_at: datetime
    from_name: str
    from_email: str
    subject: str
    spoken: bool
    """By hand, and not by us: it can be tense."""
    labels: str
    """JSON."""
    tension: int | None
    client: str | None
    project: str | None
    escalate: bool


def search(connection: Connection, node: Node) -> Iterator[Found]:
    """Newest first, read as far as the caller goes."""
    words, rest = _led_by_words(node)
    condition, values = _all([_condition(each) for each in rest])
    if words:
        source, order = "FROM words CROSS JOIN messages m ON m.id = words.rowid ", "words.rowid"
        condition, values = f"words MATCH ? AND {condition}", [words, *values]
    else:
        source, order = "FROM messages m ", "m.id"
    sql = f"{_SELECT}{source}{_JOINED}WHERE {condition} ORDER BY {order} DESC"
    for row in connection.execute(sql, values):
        yield Found(
            message=row["id"],
            message_id=row["message_id"],
            thread=row["thread"],
            sent_at=datetime.fromisoformat(row["sent_at"]),
            from_name=row["from_name"],
            from_email=row["from_email"],
            subject=row["subject"],
            spoken=not row["ours"] and not row["automatic"],
            labels=row["labels"] or "[]",
            tension=row["tension"],
            client=row["client"],
            project=row["project"],
            escalate=bool(row["escalate"]),
        )


def _led_by_words(node: Node) -> tuple[str, list[Node]]:
    """Of what must hold together: the words, as FTS5 reads them ("" for none), and all else."""
    nodes: list[Node] = list(node.nodes) if isinstance(node, tree.All) else [node]
    led = [each for each in nodes if _match(each)]
    if not led:
        return "", nodes
    led += [each for each in nodes if isinstance(each, Not) and _match(each.node)]
    return _match(tree.All(tuple(led))), [each for each in nodes if each not in led]


def _match(node: Node) -> str:
    """The node in FTS5's words; "" for one that asks for more than words, or only for their absence."""
    match node:
        case Words(text, field, prefix):
            column = f"{_COLUMNS[field]} : " if field in _COLUMNS else ""
            quoted = text.replace('"', '""')
            return f'{column}"{quoted}"{" *" if prefix else ""}'
        case tree.Any(nodes):
            parts = [_match(each) for each in nodes]
            return f"({' OR '.join(parts)})" if all(parts) else ""
        case tree.All(nodes):
            there = [_match(each) for each in nodes if not isinstance(each, Not)]
            absent = [_match(each.node) for each in nodes if isinstance(each, Not)]
            if not there or not all(there) or not all(absent):
                return ""
            return f"(({' AND '.join(there)}){''.join(f' NOT {each}' for each in absent)})"
        case _:
            return ""


def _all(conditions: list[Condition], by: str = " AND ") -> Condition:
    if not conditions:
        return "1", []
    return f"({by.join(sql for sql, _ in conditions)})", [value for _, values in conditions for value in values]


def _condition(node: Node) -> Condition:  # noqa: C901, PLR0911, PLR0912 - one case for each kind of node
    if words := _match(node):
        return "m.id IN (SELECT rowid FROM words WHERE words MATCH ?)", [words]
    match node:
        case tree.All(nodes):
            return _all([_condition(each) for each in nodes])
        case tree.Any(nodes):
            return _all([_condition(each) for each in nodes], " OR ")
        case Not(inner):
            sql, values = _condition(inner)
            return f"NOT coalesce({sql}, 0)", values
        case Is():
            return _IS[node], []
        case tree.Sent(since, until):
            bounds = [(f"{_SENT} {sign} ?", [int(at.timestamp())]) for sign, at in ((">=", since), ("<", until)) if at]
            return _all(bounds)
        case tree.Thread(id):
            return "m.thread = (SELECT coalesce(merged_into, id) FROM threads WHERE id = ?)", [int(id)]
        case tree.ThreadWith(inner):
            sql, values = _condition(inner)
            return f"m.thread IN (SELECT m.thread FROM messages m WHERE {sql})", values
        case tree.Client(key):
            return "m.thread IN (SELECT thread FROM summaries WHERE client = ? COLLATE NOCASE)", [key]
        case tree.Project(code):
            return "m.thread IN (SELECT thread FROM summaries WHERE project = ? COLLATE NOCASE)", [code]
        case tree.Labelled(label):
            said = "EXISTS (SELECT 1 FROM verdicts, json_each(labels) WHERE message = m.id AND json_each.value = ?)"
            return f"coalesce({_CORRECTED}, {said}) = 1", [label, label]
        case tree.Tense(comparison, level):
            said = "(SELECT tension FROM verdicts WHERE message = m.id)"
            spoken = "m.ours = 0 AND m.automatic = ''"
            return f"({spoken} AND coalesce({_CORRECTED}, {said}) {_COMPARED[comparison]} ?)", ["tension", level]
        case tree.Escalated(yes):
            return (
                "coalesce((SELECT json_extract(state, '$.escalate') FROM summaries WHERE thread = m.thread), 0) = ?",
                [int(yes)],
            )
    raise TypeError(node)

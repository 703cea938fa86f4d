"""A thread in a few lines for somebody who is about to ring: who said what when, in the words of those who said it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from clientinbox.drafting.callfacts import CallFacts, Line, PromiseFact, Source, SourceKind, TurnFact
from clientinbox.drafting.days import short_day
from clientinbox.drafting.frame_words import COURTESY
from clientinbox.drafting.sentences import clipped, sentences
from clientinbox.promises.ledger import Side, State, overdue

MOST_LINES = 5
LONGEST_QUOTE = 140


def story(facts: CallFacts) -> tuple[Line, ...]:
    """At most five lines, oldest first: what they asked first, what we promised, where it turned, what came last."""
    turns = [
        turn for turn in facts.turns if not turn.automatic and (turn.to_client or not turn.by_us) and turn.text.strip()
    ]
    chosen = list(dict.fromkeys(_most_telling(turns, facts)))[:MOST_LINES]
    return tuple(_line(turns[position], facts) for position in sorted(chosen))


def _most_telling(turns: Sequence[TurnFact], facts: CallFacts) -> Iterator[int]:
    """Positions of turns, the most telling first; some come more than once."""
    theirs = [position for position, turn in enumerate(turns) if not turn.by_us]
    if not theirs:
        return
    yield theirs[-1]
    yield next(
        (position for position in theirs if any(each.asks for each in sentences(turns[position].text))), theirs[0]
    )
    late = {promise.source for promise in overdue((fact.promise for fact in facts.promises), facts.today)}
    yield from reversed([at for at, turn in enumerate(turns) if turn.by_us and turn.message_id in late])
    rises = [
        (turns[at].tension or 0, at)
        for before, at in pairwise(theirs)
        if (turns[at].tension or 0) > (turns[before].tension or 0)
    ]
    yield from (at for _, at in sorted(rises, reverse=True))
    made = {fact.promise.source for fact in facts.promises if fact.promise.side is Side.US}
    yield from reversed([at for at, turn in enumerate(turns) if turn.by_us and turn.message_id in made])
    yield from reversed(range(len(turns)))


def _line(turn: TurnFact, facts: CallFacts) -> Line:
    promised = _promise_in(turn, facts.promises)
    quote = clipped(promised.promise.text if promised else telling_words(turn), LONGEST_QUOTE)
    day = short_day(turn.at.astimezone(facts.zone).date(), facts.today.year)
    state = f" ({state_words(promised, facts)})" if promised else ""
    return Line(f"{day}, {turn.sender}: {shown(quote)}{state}", Source(SourceKind.MESSAGE, turn.message_id), quote)


def _promise_in(turn: TurnFact, promises: Iterable[PromiseFact]) -> PromiseFact | None:
    """The promise that this mail of ours made in these words: an unkept one before others."""
    made = [
        fact
        for fact in promises
        if turn.by_us
        and fact.promise.source == turn.message_id
        and fact.promise.text
        and fact.promise.text in turn.text
    ]
    unkept = [fact for fact in made if fact.promise.state in {State.BROKEN, State.LATE}]
    return next(iter(unkept or made), None)


def state_words(fact: PromiseFact, facts: CallFacts) -> str:
    """How a promise stands: "broken, due Fri 20 Nov, 2 bd late"."""
    promise = fact.promise
    parts = [str(promise.state)]
    if promise.due is not None:
        parts.append(f"due {short_day(promise.due, facts.today.year)}")
        unsettled = promise.state in {State.OPEN, State.BROKEN} and promise.settled is None
        late = facts.calendar.days_between(promise.due, facts.today)
        if unsettled and promise.due < facts.today:
            parts.append(f"{late} bd late")
    return ", ".join(parts)


def telling_words(turn: TurnFact) -> str:
    """The sentence of a mail that says most: its evidence, else its first question, else the first but a greeting."""
    for words in turn.evidence:
        if words.strip() and words in turn.text:
            return words
    said = [sentence for sentence in sentences(turn.text) if not COURTESY.match(sentence.text)]
    asked = next((sentence.text for sentence in said if sentence.asks and not turn.by_us), "")
    return asked or next((sentence.text for sentence in said if " " in sentence.text.strip()), turn.text.strip())


def shown(quote: str) -> str:
    """A quote as it stands on one line."""
    return f"“{' '.join(quote.split())}”"

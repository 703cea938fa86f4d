"""A question that cannot be read, and where."""

from clientinbox.errors import UsageError


class QueryError(UsageError):
    """Points at the text that could not be read."""

    def __init__(self, words: str, start: int, end: int, todo: str = "") -> None:
        super().__init__(f"Column {start + 1}: {words}", todo=todo)
        self.start = start
        self.end = end
        """Offsets into the query."""

"""One line with facts on the left and state on the right; what does not fit is cut on the right, then on the left."""

from textual.content import Content
from textual.widget import Widget


class StatusLine(Widget):
    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        padding: 0 1;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._left = Content()
        self._right = Content()

    def show(self, left: Content, right: Content) -> None:
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render(self) -> Content:
        width, dots = self.size.width, not self.app.has_class("-ascii")
        left = self._left.truncate(width, ellipsis=dots)
        room = width - left.cell_length - 2
        if room < 8:  # noqa: PLR2004 - fewer cells say nothing
            return left
        right = self._right.truncate(room, ellipsis=dots)
        return Content.assemble(left, " " * (width - left.cell_length - right.cell_length), right)

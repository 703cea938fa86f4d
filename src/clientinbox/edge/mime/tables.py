"""Which tables show data: their rows become lines. The others only place blocks on a page, as newsletters do."""

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

_ROWS, _CELLS = 4, 12
"""How much of a table is looked at."""
_LONGEST_CELL = 160
_FEWEST = 2


def is_data_table(table: LexborNode, attributes: dict[str, str | None]) -> bool:
    """A table with at least two rows of two cells, each short and without a table or list of its own."""
    if (attributes.get("role") or "").strip().lower() in {"presentation", "none"}:
        return False
    wide = 0
    for row in _rows(table):
        cells = [cell for cell in _children(row, _CELLS) if cell.tag in {"td", "th"}]
        if any(cell.css_first("table, ul, ol, pre, blockquote, img") is not None for cell in cells):
            return False
        if any(len(cell.text()) > _LONGEST_CELL for cell in cells):
            return False
        wide += len(cells) >= _FEWEST
    return wide >= _FEWEST


def _rows(table: LexborNode) -> Iterator[LexborNode]:
    seen = 0
    for child in _children(table, _ROWS):
        for row in _children(child, _ROWS) if child.tag in {"tbody", "thead", "tfoot"} else (child,):
            if row.tag == "tr":
                yield row
                seen += 1
                if seen == _ROWS:
                    return


def _children(node: LexborNode, most: int) -> Iterator[LexborNode]:
    child, seen = node.first_child, 0
    while child is not None and seen < most:
        if not child.is_text_node:
            yield child
            seen += 1
        child = child.next

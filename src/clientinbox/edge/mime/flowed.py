"""format=flowed (RFC 3676): paragraphs that were broken into lines only to be sent become one line each again."""

from clientinbox.edge.mime.tree import Flow

_SIGNATURE = "-- "


def unwrapped(text: str, flow: Flow) -> str:
    """Join the lines that end in a space with the next one of the same quote depth; take the stuffed space away."""
    lines: list[list[str]] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        words = line.lstrip(">")
        depth = len(line) - len(words)
        words = words.removeprefix(" ")
        goes_on = words.endswith(" ") and words != _SIGNATURE
        if open_depth != depth or words == _SIGNATURE or not words:
            lines.append([">" * depth + (" " if depth and words else "")])
        lines[-1].append(words[:-1] if goes_on and flow is Flow.DELETED else words)
        open_depth = depth if goes_on else None
    joined = ("".join(pieces) for pieces in lines)
    return "\n".join(line if line == _SIGNATURE else line.rstrip(" ") for line in joined)

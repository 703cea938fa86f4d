"""Our three themes: calm by night, calm by day, and one with a contrast of 7:1 or more for every text.

Colour only repeats what a sign or a word says, so any other Textual theme works as well (ctrl+p, "theme").
"""

from textual.theme import Theme

NIGHT = Theme(
    name="clientinbox",
    primary="#7aa2c8",
    secondary="#8f9bb3",
    accent="#c9a86a",
    warning="#e0a458",
    error="#e5606a",
    success="#7fb58a",
    foreground="#d5d9e0",
    background="#15181d",
    surface="#1b1f26",
    panel="#232831",
    dark=True,
    variables={
        "text-muted": "#8b93a1",
        "cursor-background": "#2c3644",
        "livid-foreground": "#ffffff",
        "livid-background": "#b3303c",
        "evidence-background": "#3d3420",
        "footer-key-foreground": "#c9a86a",
        "footer-background": "#1b1f26",
        "scrollbar": "#39414e",
        "scrollbar-background": "#15181d",
        "block-cursor-background": "#2c3644",
        "block-cursor-foreground": "#ffffff",
    },
)
DAY = Theme(
    name="clientinbox-light",
    primary="#2f6192",
    secondary="#5c6675",
    accent="#8a5a00",
    warning="#9a5300",
    error="#b3202e",
    success="#2f7040",
    foreground="#24292f",
    background="#fbfaf7",
    surface="#f2f0ea",
    panel="#e8e5dc",
    dark=False,
    variables={
        "text-muted": "#666d78",
        "cursor-background": "#d9e4ee",
        "livid-foreground": "#ffffff",
        "livid-background": "#b3202e",
        "evidence-background": "#fbeec0",
        "footer-key-foreground": "#8a5a00",
        "footer-background": "#f2f0ea",
        "scrollbar": "#c9c5b8",
        "scrollbar-background": "#fbfaf7",
        "block-cursor-background": "#d9e4ee",
        "block-cursor-foreground": "#24292f",
    },
)
CONTRAST = Theme(
    name="clientinbox-contrast",
    primary="#9ecbff",
    secondary="#ffffff",
    accent="#ffe066",
    warning="#ffc04d",
    error="#ffb0b0",
    success="#8df0a0",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#101010",
    dark=True,
    variables={
        "text": "#ffffff",
        "text-muted": "#d8d8d8",
        "text-disabled": "#b8b8b8",
        "cursor-background": "#0f2340",
        "livid-foreground": "#000000",
        "livid-background": "#ffb3b3",
        "evidence-background": "#3a3000",
        "footer-key-foreground": "#ffe066",
        "footer-background": "#101010",
        "scrollbar": "#8a8a8a",
        "scrollbar-background": "#000000",
        "block-cursor-background": "#0f2340",
        "block-cursor-foreground": "#ffffff",
    },
)
THEMES = (NIGHT, DAY, CONTRAST)
MONOCHROME = "ansi-dark"
"""With NO_COLOR: the terminal's own two colours, every colour code stripped by Textual's filter."""


def own_variables(*, dark: bool) -> dict[str, str]:
    """What our style sheets need on top of any foreign theme."""
    theme = NIGHT if dark else DAY
    names = ("cursor-background", "livid-foreground", "livid-background", "evidence-background")
    return {name: theme.variables[name] for name in names}

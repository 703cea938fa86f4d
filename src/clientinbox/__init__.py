"""An inbox assistant for people who look after clients.

Mail walks in at the edge, is understood in rooms that touch nothing, is decided and remembered at the desk,
and is shown at one of the doors:

    mail triage projects promises worktime relationship   core: values in, values out, standard library only
    edge                                                  one adapter per outside thing
    desk                                                  what an account manager's desk does; opens the edges
    demo tui cli                                          the doors

import-linter holds these walls (pyproject.toml).
"""

__version__ = "0.1.0"

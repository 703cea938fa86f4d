"""Labels with evidence, cues, tension, and whether a thread should leave the keyboard. Imports `mail`, `worktime`."""

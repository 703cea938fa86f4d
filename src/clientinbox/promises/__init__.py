"""What each side promised, by when, and whether it is overdue. Imports `mail`, `worktime`."""

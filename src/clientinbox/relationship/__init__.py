"""The order of the inbox. Imports `mail`, `worktime` and values of `triage`, `projects`, `promises`."""

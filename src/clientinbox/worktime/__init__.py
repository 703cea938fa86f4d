"""Business hours, working days, time zones, arithmetic on them. Imports `errors` only; holidays come in as a set."""

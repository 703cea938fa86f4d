"""The vocabulary of mail: messages, accounts, zones, threads, what to fetch next. Imports `errors` only."""

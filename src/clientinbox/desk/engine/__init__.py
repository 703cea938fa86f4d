"""The process that owns sync and understanding: one per store, the only writer of mail."""

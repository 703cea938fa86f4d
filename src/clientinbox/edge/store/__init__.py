"""SQLite: schema, one module of writes, one of queries; rows in, domain values out. Imports core."""

from clientinbox.edge.store.connection import BATCH_LIMIT, Connection, StoreError, connect, transaction

__all__ = ["BATCH_LIMIT", "Connection", "StoreError", "connect", "transaction"]

"""SQLite: schema, one module of writes, one of queries; rows in, domain values out. Imports core."""

"""The names of all migrations, apart from their bodies: a start needs only to know that none is missing."""

MIGRATION_SET = "clientinbox"
NAMES = (
    "m001_mail",
    "m002_understanding",
    "m003_registry",
    "m004_outgoing",
    "m005_calls_in_registers",
    "m006_folders_and_screener",
    "m008_pipeline",
    "m011_quarantine",
    "m007_server_queue",
    "m014_search",
    "m013_keywords",
    "m009_splits",
    "m015_invitations",
)

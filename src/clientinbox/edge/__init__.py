"""One adapter per outside thing. Each translates foreign errors into ours; adapters do not know each other."""

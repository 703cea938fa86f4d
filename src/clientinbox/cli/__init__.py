"""Arguments in, lines or JSON out, exit codes. Each command imports its work inside itself."""

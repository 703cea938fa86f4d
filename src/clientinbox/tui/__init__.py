"""The terminal interface: Textual and nothing else. Imports core, `desk`."""

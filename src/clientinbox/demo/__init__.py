"""The bundled agency: its mailbox, its registry, its embedded servers and its clock. Imports core, `desk`."""

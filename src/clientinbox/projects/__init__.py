"""Clients, contacts, projects, and which project a thread belongs to, and how sure. Imports `mail`, `worktime`."""

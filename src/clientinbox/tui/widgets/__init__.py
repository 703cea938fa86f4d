"""Widgets show one thing, take values in, post messages out, and never call the desk."""

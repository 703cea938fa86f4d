"""Screens compose and route; each asks the desk and hands values to widgets."""

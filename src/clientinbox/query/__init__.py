"""The search language: text to a tree that points back at the text. Imports errors alone."""

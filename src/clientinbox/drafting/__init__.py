"""The solution frame, the call sheet, the recap, a reply's head: drafts made of facts. Imports the other core rooms."""

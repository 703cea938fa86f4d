"""Bytes to `Envelope` and `Body`; HTML to text; the one sanitiser. Imports core."""

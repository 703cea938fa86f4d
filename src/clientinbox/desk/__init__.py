"""What an account manager's desk does: the only room that opens edges. Imports core and `edge`."""

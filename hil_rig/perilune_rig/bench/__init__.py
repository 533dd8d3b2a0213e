"""How fast it is and where the time goes: loop, emulated board, live view."""

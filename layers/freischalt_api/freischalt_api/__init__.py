"""The HTTP side of Freischalt: routes, shapes and problems. What is decided is in `freischalt`."""

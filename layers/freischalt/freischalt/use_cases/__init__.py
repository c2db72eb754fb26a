"""One module for each thing that the desk does: read, decide, write, send."""

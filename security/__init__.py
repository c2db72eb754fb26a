"""The security gates of `make security`: what is looked at by a tool, and what is accepted why."""

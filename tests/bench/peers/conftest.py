"""The peers run in environments of their own: pytest must not import them to look for doctests."""

collect_ignore_glob = ["*/app.py", "sealium_*.py"]

"""The local stack's own parts: a stand-in for the SMS service, and a phone to text with.

Nothing in here is deployed. `python -m local.servers` runs both; start reading at `servers.py`.
"""

"""The local stack's own parts: a stand-in for the SMS service, a phone, the API's address.

Nothing in here is deployed. `python -m local.servers` runs them; start reading at `servers.py`.
"""

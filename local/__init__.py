"""The local stack's own parts: stand-ins for the SMS and VAT services, a phone, the API's address.

Nothing in here is deployed. `python -m local.servers` runs them; start reading at `servers.py`.
"""

"""What secrets are derived for: two of different purposes never have the same bytes."""

VALIDATION = "validation"
INITIAL_PASSWORD = "initial-password"  # noqa: S105 - a purpose, no password
RESET = "reset"
SESSION = "session"
SECOND_FACTOR = "second-factor"
PHONE_CODE = "phone-code"
API_KEY = "api-key"
ACCOUNT_NUMBER = "account-number"
ACTIVATION = "activation"

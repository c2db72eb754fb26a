"""What the stand-in for Stripe and the local functions know of each other: no secrets at all.

On AWS both are SecureStrings of the Parameter Store that somebody has put there; here the
deployment does, before the stack.
"""

from local.ministack import ACCOUNT, REGION

STRIPE_KEY = "sk_test_stand_in"
STRIPE_WEBHOOK_SECRET = "whsec_stand_in"  # noqa: S105 - the stand-in's, and everybody's
KEY_NAME, WEBHOOK_SECRET_NAME = "/freischalt/stripe/key", "/freischalt/stripe/webhook-secret"
STRIPE_KEY_ARN = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{KEY_NAME}"
STRIPE_WEBHOOK_SECRET_ARN = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{WEBHOOK_SECRET_NAME}"
SECRETS = {KEY_NAME: STRIPE_KEY, WEBHOOK_SECRET_NAME: STRIPE_WEBHOOK_SECRET}

"""What remembers and what talks: DynamoDB, KMS, SMS, EventBridge, S3."""

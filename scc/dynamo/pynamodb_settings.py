"""PynamoDB's own settings file; `scc.dynamo` names it in PYNAMODB_CONFIG."""

# A Lambda has 30 seconds in all, and a person waits for much less. PynamoDB's own 15 s and 30 s outlast both.
connect_timeout_seconds = 1
read_timeout_seconds = 3
# botocore's "legacy" mode knows DynamoDB: it waits 50 ms, then 100 ms. Its "standard" mode waits up to seconds.
retry_configuration = {"mode": "legacy", "total_max_attempts": 3}
max_pool_connections = 50

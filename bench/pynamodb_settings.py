"""PynamoDB's settings where DynamoDB Local holds much: its scans take seconds a page."""

connect_timeout_seconds = 5
read_timeout_seconds = 120
retry_configuration = {"mode": "legacy", "total_max_attempts": 3}
max_pool_connections = 50

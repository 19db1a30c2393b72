"""PynamoDB's settings for commands, which `manage.py` names: no visitor waits, and a page of a Scan may take long."""

connect_timeout_seconds = 5
read_timeout_seconds = 60
retry_configuration = {"mode": "legacy", "total_max_attempts": 3}
max_pool_connections = 50

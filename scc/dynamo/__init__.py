"""Django on DynamoDB through PynamoDB. Knows nothing of boats."""

import os
from pathlib import Path

# Read by PynamoDB when it is first imported, which happens below this package.
os.environ.setdefault("PYNAMODB_CONFIG", str(Path(__file__).with_name("pynamodb_settings.py")))

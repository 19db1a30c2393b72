"""What goes wrong between here and AWS, with the next step in the message."""

from __future__ import annotations


class EdgeError(Exception):
    """Something of a deployment is not as it must be. The message is for the operator, and names no secret's value."""

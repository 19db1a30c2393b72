"""A season to look around in: made up, and the same each time for the same day."""

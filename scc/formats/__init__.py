"""How dates are written: as on the board."""

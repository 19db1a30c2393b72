"""A Django project of one view, to hold our own function's times against: what Django alone costs on Lambda."""

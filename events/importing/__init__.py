"""Parties and crew from files. Departures come by `events.scheduling`."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = "Departures"

    def ready(self) -> None:
        from events import people
        from scc.imports import kinds
        from scc.staff import persons

        persons.come_from(people.choices)
        kinds.register("events", "events.scheduling.Departures")
        kinds.register("patrons", "events.importing.parties.Parties")
        kinds.register("crew", "events.importing.crew.Crew")

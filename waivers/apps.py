from django.apps import AppConfig

# What letters call the PDFs of waivers.
PDFS = "waiver pdf"


class WaiversConfig(AppConfig):
    name = "waivers"

    def ready(self) -> None:
        from scc.imports import kinds
        from scc.mail import attachments

        attachments.register(PDFS, _open)
        kinds.register("waivers", "waivers.importing.kind.Waivers")


def _open(name: str) -> bytes:
    # Where it is called: every cold start comes by here, and few send letters.
    from waivers.posting import open_attachment

    return open_attachment(name)

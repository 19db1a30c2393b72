"""Write all of an operator to a folder or a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from scc.copies import exporting, opening
from scc.copies.commands import CopyCommand, Refused, place_of
from scc.copies.exporting import Read
from scc.copies.manifests import File, Manifest
from scc.copies.places import Place
from scc.copies.tallies import total
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import SYSTEM

WARNING = (
    "--open writes birth dates, contacts, signatures and medical notes in the clear below open/. Whoever reads that "
    "folder knows them, and no erasure reaches it. Delete it when you are done."
)


class Command(CopyCommand):
    help = (
        "Write all of an operator to TARGET, an empty folder or s3://bucket/prefix: every item of the table, every PDF "
        "and other object of the bucket, and a manifest with the SHA-256 of each file, from which `restoreall` fills "
        "an empty table. What is sealed stays so. Sessions, tokens, throttle counters and what has expired are left "
        "out. Exits 0, 3 when some could not be carried, 1 when it failed: then run it again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("target", metavar="TARGET", help="an empty folder, or s3://bucket/prefix")
        parser.add_argument("--without-keys", action="store_true", help="leave out what opens sealed personal data")
        parser.add_argument("--open", action="store_true", help="what is sealed in the clear, too; needs --yes")
        parser.add_argument("--yes", action="store_true", help="do it with --open")

    def act(self, options: Mapping[str, Any]) -> None:
        self.again = "Type the same again: it is made anew, and takes the place of what is there."
        place, with_keys = place_of(options["target"]), not options["without_keys"]
        if options["dry_run"]:
            self._count(exporting.read_table(None), len(exporting.objects(with_keys=with_keys)))
            return
        if options["open"]:
            self.stderr.write(WARNING, self.style.WARNING)
            if not options["yes"]:
                raise Refused("Add --yes to do it.")
        begun = exporting.begin(place)
        what = (
            f"{'with the keys' if with_keys else 'without keys'}{', and what is sealed in the clear' * options['open']}"
        )
        # Before anything leaves, or is opened: who stops it in the middle has that much.
        _note(begun, "opened" if options["open"] else "exporting", f"Begins to export everything, {what}.")
        whole = self._export(place, begun, with_keys=with_keys, opens=options["open"])
        items, files = total(whole.items), len(whole.files)
        _note(whole, "exported", f"Exported {items} items in {files} files, {what}. Manifest {whole.digest}.")
        self.stdout.write(f"{place}: manifest {whole.digest}. Keep that number elsewhere.")

    def _export(self, place: Place, begun: Manifest, *, with_keys: bool, opens: bool) -> Manifest:
        read = exporting.read_table(place)
        files = self._objects(place, with_keys=with_keys)
        opened, closed = opening.open_all(place, begun, read.records) if opens else (set(), [])
        self.reports += closed
        self._count(read, len(files), opened=len(read.records) if opens else 0)
        return exporting.finish(place, begun, read, files, with_keys=with_keys, opened=opened)

    def _objects(self, place: Place, *, with_keys: bool) -> list[File]:
        files: list[File] = []
        for file in exporting.copy_objects(place, exporting.objects(with_keys=with_keys)):
            if isinstance(file, File):
                files.append(file)
            else:
                self.reports.append(f"{file!r}: no file can have this name.")
        return files

    def _count(self, read: Read, files: int, *, opened: int = 0) -> None:
        self.counts = {
            "items": {"carried": total(read.tallies), "left out": read.left_out.total()},
            "files": {"carried": files, "reported": len(self.reports)},
            "waivers": {"opened": opened, "erased": len(read.erased.waivers)},
            "parties": {"erased": len(read.erased.parties)},
        }


def _note(manifest: Manifest, action: str, said: str) -> None:
    unit = Unit()
    subject = f"EXPORT#{manifest.id}"
    audit.note(unit, by=SYSTEM, action=action, subject=subject, subject_name="Export", summary=said)
    unit.commit()

"""Fill an empty table from an export."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from scc.copies import checking, manifests, restoring
from scc.copies import erased as erasures
from scc.copies.commands import CopyCommand, Refused, place_of
from scc.copies.erased import Erased
from scc.copies.manifests import Manifest
from scc.copies.restoring import Job
from scc.copies.rows import Restore
from scc.copies.tallies import total

GONE = "erased"
LOST = "lost"


class Command(CopyCommand):
    help = (
        "Fill an empty table, and the bucket, from SOURCE, where `exportall` wrote. Checks every file before anything "
        "is written, and compares the table with what was written at the end. Who was erased since the export is not "
        "brought back: give --erased. Exits 0, 3 when some could not be carried, 1 when it failed: then run it again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("source", metavar="SOURCE", help="a folder, or s3://bucket/prefix")
        parser.add_argument("--without-keys", action="store_true", help="bring no keys, and do not look for them")
        parser.add_argument(
            "--erased", metavar="FILE", type=Path, action="append", default=[], help="who was erased since: a list"
        )
        parser.add_argument(
            "--missing-keys",
            choices=(GONE, LOST),
            default="",
            help="keys that the bucket has no more: the waivers were erased since, or the bucket lost the keys",
        )

    def act(self, options: Mapping[str, Any]) -> None:
        self.again = "Type the same again to go on."
        place, given = place_of(options["source"]), _given(options["erased"])
        manifest = manifests.read(place)
        with_keys = manifest.keys and not options["without_keys"]
        row = restoring.unfinished(manifest, given)
        checked = checking.check(place, manifest, erased=given, with_keys=with_keys)
        if checked.faults:
            self._refuse(checked.faults)
        erased = Erased(set(given.waivers), set(given.parties))
        brings_keys = self._brings_keys(checked.sealed, erased, row, options) and with_keys
        if options["dry_run"]:
            self._count(manifest, erased, len(restoring.brought(manifest, erased, keys=brings_keys)))
            return
        if row is None:
            row = restoring.new(manifest, given, brings_keys=brings_keys)
            restoring.begin(row)
        job = Job(place, manifest, erased, row, reports=self.reports)
        self.counts = job.counts
        restoring.run(job)

    def _refuse(self, faults: list[str]) -> None:
        for fault in faults:
            self.stderr.write(fault, self.style.ERROR)
        raise Refused("The export is not as it was written. Nothing was restored.")

    def _brings_keys(
        self, sealed: Mapping[str, str], erased: Erased, row: Restore | None, options: Mapping[str, Any]
    ) -> bool:
        """Say whether keys are to be brought, and add to `erased` whom the bucket tells was. Raises Refused."""
        if (row is not None and row.brings_keys) or (row is None and not restoring.bucket_lives()):
            return True
        gone = restoring.without_key(sealed) - erased.waivers
        if gone and not options["missing_keys"]:
            raise Refused(
                f"The bucket has keys, and none any more for {len(gone)} waivers of the export. If they were erased "
                f"since, add --missing-keys={GONE}: they are erased again. If the bucket lost their keys, add "
                f"--missing-keys={LOST}: the export's are brought."
            )
        if options["missing_keys"] == GONE:
            erased.waivers |= gone
        return bool(options["missing_keys"] == LOST)

    def _count(self, manifest: Manifest, erased: Erased, files: int) -> None:
        self.counts = {
            "items": {"read": total(manifest.items)},
            "files": {"read": files},
            "erasures": {"waivers": len(erased.waivers), "parties": len(erased.parties)},
        }


def _given(paths: list[Path]) -> Erased:
    """Return who the lists name. Raises BadList, Refused."""
    erased = Erased()
    for path in paths:
        try:
            with path.open(encoding="utf-8") as lines:
                erased.join(erasures.read(lines))
        except (OSError, UnicodeDecodeError) as exc:
            raise Refused(f"{path} cannot be read: {exc}") from exc
    return erased

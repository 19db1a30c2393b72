"""Rows and models of the tests' own: the store knows nothing of charters."""

from __future__ import annotations

from django.db import models
from pynamodb.attributes import UnicodeAttribute

from scc.dynamo.attributes import InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.contenttypes import prime
from scc.dynamo.folding import fold
from scc.dynamo.models import DynamoForeignKey, DynamoModel, IdField
from scc.dynamo.rows import Row


class Harbor(Row, discriminator="TEST-HARBOR"):
    # HARBOR#avalon / META; HARBORS / avalon#avalon
    ID = "{slug}"
    KEYS = {"pk": "HARBOR#{slug}", "sk": "META", "gsi2pk": "HARBORS", "gsi2sk": "{folded_name}#{slug}"}
    PERSONAL = frozenset()
    REMOVABLE = True

    slug = UnicodeAttribute()
    name = UnicodeAttribute()
    folded_name = UnicodeAttribute()
    berths = IntegerAttribute(default=0)
    boats = IntegerAttribute(default=0)
    note = TextAttribute()


class Mooring(Row, discriminator="TEST-MOORING"):
    # HARBOR#avalon / MOORING#7; MOORING#2026 / 2026-05-23T10:00:00.000Z#7
    ID = "{harbor_id}.{number}"
    KEYS = {
        "pk": "HARBOR#{harbor_id}",
        "sk": "MOORING#{number}",
        "gsi1pk": "MOORING#{year}",
        "gsi1sk": "{since}#{number}",
    }
    PERSONAL = frozenset()
    REMOVABLE = True

    harbor_id = UnicodeAttribute()
    number = UnicodeAttribute()
    year = UnicodeAttribute(default="2026")
    since = InstantAttribute(null=True)
    kind_of_line = TextAttribute()


class Tide(Row, discriminator="TEST-TIDE"):
    """What is stored of it stays."""

    # HARBOR#avalon / TIDE#2026-05-23
    ID = "{harbor_id}.{day}"
    KEYS = {"pk": "HARBOR#{harbor_id}", "sk": "TIDE#{day}"}
    PERSONAL = frozenset()

    harbor_id = UnicodeAttribute()
    day = UnicodeAttribute()


class HarborModel(DynamoModel):
    slug = models.SlugField(primary_key=True)
    name = models.CharField()
    folded_name = models.CharField(editable=False)
    berths = models.IntegerField(default=0)
    note = models.CharField(blank=True)

    row_class = Harbor

    class Meta(DynamoModel.Meta):
        app_label = "dynamo"
        ordering = ["folded_name"]

    def __str__(self) -> str:
        return self.name

    def stamp_derived(self) -> None:
        self.folded_name = fold(self.name)


class MooringModel(DynamoModel):
    id = IdField()
    harbor = DynamoForeignKey(HarborModel)
    number = models.CharField()
    year = models.CharField(default="2026", editable=False)
    since = models.DateTimeField(null=True)
    kind_of_line = models.CharField(blank=True)

    row_class = Mooring

    class Meta(DynamoModel.Meta):
        app_label = "dynamo"


prime([HarborModel, MooringModel])


def harbor(slug: str = "avalon", *, name: str = "Avalon", berths: int = 10) -> Harbor:
    return Harbor(slug=slug, name=name, folded_name=fold(name), berths=berths)

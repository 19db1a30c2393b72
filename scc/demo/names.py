"""Names as they come to a dock: in many scripts, with and without accents."""

# ruff: noqa: RUF001  # names of people look as they look

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Tongue:
    """How people are called in one language."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    # How often, against the others.
    weight: int = 1
    pattern: str = "{given} {family}"


TONGUES = (
    Tongue(
        ("Grace", "Marcus", "Nora", "Theo", "June", "Caleb", "Ivy", "Walter", "Rosa", "Dean"),
        ("Whitaker", "Okafor", "Brennan", "Castellano", "Yamamoto", "Delgado-Price", "Lund", "Abernathy"),
        weight=5,
    ),
    Tongue(
        ("Ana", "Matías", "Lucía", "Íñigo", "Ximena", "Joaquín", "Belén"),
        ("López", "Núñez", "García Ibáñez", "Peña", "Muñoz"),
        weight=4,
    ),
    Tongue(("Élodie", "François", "Zoé", "Benoît", "Maëlle"), ("Lefèvre", "Çabrol", "Bélanger", "D’Aubigné")),
    Tongue(("Søren", "Åsa", "Bjørn", "Märta", "Øyvind"), ("Ångström", "Sjöberg", "Brække", "Þórsdal")),
    Tongue(("Łucja", "Zbigniew", "Małgorzata", "Jędrzej"), ("Wójcik", "Zając", "Gołąb")),
    Tongue(("Siobhán", "Ruairí", "Caoimhe", "Pádraig"), ("Ó Dónaill", "O’Malley", "MacGabhann")),
    Tongue(("Şebnem", "İlker", "Çağla", "Oğuz"), ("Yıldız", "Çelik", "Gündoğdu")),
    Tongue(("Jürgen", "Käthe", "Günther", "Änne"), ("Groß", "Müller-Lüdenscheidt", "Krähenbühl")),
    Tongue(("Ελένη", "Γιώργος", "Δήμητρα", "Νίκος"), ("Κωνσταντίνου", "Γεωργίου", "Ιωάννου"), weight=2),
    Tongue(("Олена", "Тарас", "Соломія", "Ївга", "Дмитро"), ("Коваленко", "Шевченко", "Бондаренко"), weight=2),
    Tongue(("ليلى", "عمر", "نور", "يوسف"), ("الحداد", "منصور", "الخطيب"), weight=2),
    Tongue(("נועה", "איתן", "תמר", "יונתן"), ("לוי", "בן־דוד", "פרידמן"), weight=2),
    Tongue(("伟", "秀英", "思远", "雨桐"), ("王", "欧阳", "陈"), weight=2, pattern="{family}{given}"),
    Tongue(("민준", "서연", "지우", "하은"), ("김", "박", "남궁"), weight=2, pattern="{family}{given}"),
    Tongue(
        ("Thị Hương", "Văn Đức", "Ngọc Ánh", "Quốc Bảo"), ("Nguyễn", "Trần", "Đỗ"), weight=2, pattern="{family} {given}"
    ),
    Tongue(("さくら", "翔太", "美咲"), ("佐藤", "高橋", "渡辺"), pattern="{family} {given}"),
)


class Families:
    """Families one after the other, each language as often as its weight before any comes again."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.deck: list[Tongue] = []
        # How many there were.
        self.drawn = 0

    def family(self, size: int) -> list[str]:
        """Return `size` different names of one family; a large party brings friends of another."""
        tongue = self._next()
        name = self.random.choice(tongue.family)
        given = self.random.sample(tongue.given, min(size, len(tongue.given)))
        names = [tongue.pattern.format(given=each, family=name) for each in given]
        return names if len(names) == size else names + self.family(size - len(names))

    def _next(self) -> Tongue:
        if not self.deck:
            self.deck = [tongue for tongue in TONGUES for _ in range(tongue.weight)]
            self.random.shuffle(self.deck)
        self.drawn += 1
        return self.deck.pop()


def address(name: str, number: int) -> str:
    """Return an e-mail address that goes nowhere (RFC 2606), from the name's Latin letters where it has some."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z]+", plain)
    return f"{'.'.join(words) or f'guest{number}'}@example.com"

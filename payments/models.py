"""The ledger as the admin knows it. It is written by `payments.ledger` alone."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, ClassVar, NoReturn, cast

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction

from payments import methods, rows
from payments.closing_models import DayClose as DayClose  # Django looks for models here.
from payments.methods import Asks, Method
from payments.rows import Kind, Origin
from scc.dynamo.models import DynamoModel, IdField
from scc.dynamo.query import DynamoManager, DynamoQuerySet
from scc.dynamo.rows import Row
from scc.money import display
from scc.text import LONGEST_NAME, BadText, clean_line, clean_name


class Payment(DynamoModel):
    """An entry of the ledger."""

    # What the form asks for is editable, and nothing else is.
    id = IdField()
    event_id = models.CharField("departure", editable=False)
    ulid = models.CharField(editable=False)
    month = models.CharField(editable=False)
    sequence = models.IntegerField("number in the departure's chain", editable=False)
    reference = models.CharField(editable=False)
    entry_kind = models.CharField("kind", choices=Kind.choices, editable=False)
    corrects = models.CharField(editable=False)
    patron_id = models.CharField("party", editable=False)
    patron_name = models.CharField("patron")
    folded_name = models.CharField(editable=False)
    patron_email = models.CharField("e-mail")
    amount_cents = models.IntegerField("amount", editable=False)
    tip_cents = models.IntegerField("tip", editable=False)
    currency = models.CharField(editable=False)
    method = models.CharField()
    paid_at = models.DateTimeField("paid", editable=False)
    recorded_at = models.DateTimeField("logged", editable=False)
    recorded_by = models.CharField("logged by", editable=False)
    recorded_by_name = models.CharField("name then", editable=False)
    received_by = models.CharField()
    origin = models.CharField(choices=Origin.choices, editable=False)
    reason = models.CharField(editable=False)
    note = models.TextField()
    external_reference = models.CharField("their reference")
    prev_hash = models.CharField("hash of the entry before", editable=False)
    hash = models.CharField(editable=False)

    row_class: ClassVar[type[rows.Payment]] = rows.Payment

    class Meta(DynamoModel.Meta):
        ordering = ("-recorded_at",)
        # Beside Django's own: each way of taking money back is a right of its own.
        permissions = (
            ("void_payment", "Can void an entry"),
            ("refund_payment", "Can give money back"),
            ("correct_payment", "Can correct an entry"),
            ("close_day", "Can close a day"),
        )

    # Whether the form that this came of had been sent before.
    was_logged_before = False

    def __str__(self) -> str:
        amount = display(self.amount_cents, self.currency)
        return f"{Kind(self.entry_kind).label} {self.reference}, {amount}, {self.patron_name}"

    @property
    def entry(self) -> rows.Payment:
        """The entry as the ledger has it."""
        return cast(rows.Payment, self.stored_row)

    def become(self, row: rows.Payment) -> None:
        """Take the values of `row`, which the ledger wrote."""
        self.__dict__.update(Payment.from_row(row).__dict__)

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("an entry is written by payments.ledger")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("an entry is kept")


class _EveryMethod(DynamoQuerySet["PaymentMethod"]):
    """All methods in their order: what is stored, and what ships for those that were never changed."""

    def _answer(self) -> list[PaymentMethod]:
        stored = {obj.code: obj for obj in super()._answer()}
        shipped = {method.code: PaymentMethod(**asdict(method)) for method in methods.SHIPPED}
        asked = [want.value for want in self.wanted]
        found = [obj for obj in (shipped | stored).values() if asked in ([], [obj.code])]
        return sorted(found, key=lambda obj: (obj.order, obj.label))


class _EveryMethodManager(DynamoManager["PaymentMethod"]):
    def get_queryset(self) -> _EveryMethod:
        return _EveryMethod(self.model, using=self._db)


class PaymentMethod(DynamoModel):
    """How money changes hands: a method that ships, as it is or as the operator has it, or one of the operator's."""

    code = models.CharField(primary_key=True, editable=False, default=None)
    label = models.CharField(max_length=methods.LONGEST_LABEL, help_text="What people call it: Venmo.")
    asks = models.CharField(
        "their reference",
        choices=Asks.choices,
        default=Asks.NO,
        help_text="A check's number, a Venmo transaction. Where it is needed, nothing is logged without it.",
    )
    is_cash = models.BooleanField("counts as cash", default=False, help_text="It is counted in the drawer.")
    order = models.PositiveIntegerField(
        default=100, validators=[MaxValueValidator(9999)], help_text="Its place among the methods: lower comes first."
    )
    is_offered = models.BooleanField(
        "offered", default=True, help_text="Untick it instead of removing one: what was logged keeps its method."
    )
    account = models.CharField(
        max_length=methods.LONGEST_ACCOUNT, blank=True, default="", help_text="Where guests send it: a Venmo name."
    )
    hint = models.CharField(
        max_length=LONGEST_NAME, blank=True, default="", help_text="What stands under the field for their reference."
    )

    row_class: ClassVar[type[rows.PaymentMethod]] = rows.PaymentMethod
    objects: ClassVar[_EveryMethodManager] = _EveryMethodManager()

    class Meta(DynamoModel.Meta):
        # By the key; `_EveryMethod` puts them in their own order.
        ordering = ("code",)
        verbose_name = "method of payment"
        verbose_name_plural = "methods of payment"

    def __str__(self) -> str:
        return f"Method {self.label}"

    @property
    def stored_row(self) -> Row:
        # One that ships has a page and a history before anything of it is stored.
        return self._stored or self.row

    def clean(self) -> None:
        if not self.label:
            # The field says so itself.
            return
        for field, clean in (("label", clean_name), ("account", clean_line), ("hint", clean_line)):
            try:
                setattr(self, field, clean(getattr(self, field)))
            except BadText as exc:
                raise ValidationError({field: str(exc)}) from exc
        is_new = not self.code
        self.stamp_derived()
        try:
            methods.check(self.as_method(), is_new=is_new)
        except methods.BadMethod as exc:
            raise ValidationError({exc.field: str(exc)}) from exc

    def stamp_derived(self) -> None:
        if not self.code:
            self.code = methods.code_for(self.label)

    def as_method(self) -> Method:
        """Return the method as it would be with these values."""
        facts = {each.name: getattr(self, each.name) for each in fields(Method)}
        return Method(**(facts | {"asks": Asks(self.asks)}))

    def save(self, *args: Any, **kwargs: Any) -> None:
        shipped = next((asdict(method) for method in methods.SHIPPED if method.code == self.code), None)
        is_first = self._stored is None
        super().save(*args, **kwargs)
        if is_first and shipped:
            now = {name: getattr(self, name) for name in shipped}
            self.last_changes = {name: (shipped[name], now[name]) for name in now if shipped[name] != now[name]}
        transaction.on_commit(methods.forget)

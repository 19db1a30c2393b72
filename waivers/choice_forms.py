"""Forms of the staff that choose texts, and that publish one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.forms import BoundField

from events.rows import Event, Vessel
from waivers import boards, choices
from waivers.boards import Board
from waivers.rows import Role

KEPT, ANEW = "count", "again"


@dataclass(frozen=True)
class Line:
    """What is chosen for one scope."""

    name: str
    guest: BoundField
    crew: BoundField


class ChoicesForm(forms.Form):
    """Which document guests and crew sign by default, and aboard each vessel."""

    def __init__(self, board: Board, vessels: Sequence[Vessel], data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict, or None
        self.scopes = {boards.DEFAULT: "Everywhere"}
        self.scopes |= {boards.scope_of(vessel.slug): vessel.name for vessel in vessels}
        for scope, name in self.scopes.items():
            for role, who in choices.WHO.items():
                usual, words = (board.first(), "{}")
                if scope != boards.DEFAULT:
                    usual, words = board.usual_for("", role), "As everywhere: {}"
                self.fields[f"{scope}-{role}"] = forms.ChoiceField(
                    label=f"{who}, {name}",
                    choices=choices.options(board, usual, words),
                    initial=board.chosen(scope, role),
                    required=False,
                )

    def lines(self) -> list[Line]:
        """Return the fields as the page's lines."""
        return [Line(name, self[f"{scope}-guest"], self[f"{scope}-crew"]) for scope, name in self.scopes.items()]

    def chosen(self) -> dict[tuple[str, str], str]:
        """Return what was chosen, by scope and role."""
        return {
            (scope, role.value): self.cleaned_data[f"{scope}-{role}"] for scope in self.scopes for role in choices.WHO
        }


class EventChoicesForm(forms.Form):
    """Which document the guests and the crew of one departure sign."""

    def __init__(self, board: Board, event: Event, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict, or None
        chosen = {Role.GUEST: event.guest_text, Role.CREW: event.crew_text}
        for role, who in choices.WHO.items():
            self.fields[role.value] = forms.ChoiceField(
                label=f"{who} sign",
                choices=choices.options(board, board.usual_for(event.vessel_id, role), "As usual: {}"),
                initial=chosen[role],
                required=False,
            )


class PublishForm(forms.Form):
    """What becomes of earlier signatures. Not asked of a first version."""

    # The draft's version, and the number of what is shown, as the page had them.
    seen = forms.IntegerField(widget=forms.HiddenInput)
    after = forms.IntegerField(widget=forms.HiddenInput)
    earlier = forms.ChoiceField(
        label="Signatures under earlier versions",
        choices=[(KEPT, "They still count"), (ANEW, "Everyone must sign again")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what becomes of the signatures that there are."},
    )

    def __init__(self, data: object = None, *, seen: int, after: int) -> None:
        super().__init__(data, initial={"seen": seen, "after": after})  # type: ignore[arg-type]  # likewise
        self.now = (seen, after)
        if not after:
            del self.fields["earlier"]

    @property
    def is_stale(self) -> bool:
        """Whether the draft, or what is shown, is another than when the page was opened."""
        return (self.cleaned_data["seen"], self.cleaned_data["after"]) != self.now

    @property
    def must_sign_again(self) -> bool:
        return bool(self.cleaned_data.get("earlier") == ANEW)

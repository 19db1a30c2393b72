"""The form by which a letter is sent again."""

from __future__ import annotations

from typing import Any

from django import forms

from scc.mail import rows

# The longest address that a server takes: RFC 5321, 4.5.3.1.3.
LONGEST_ADDRESS = 254


class SendAgainForm(forms.Form):
    """To which address, and which state of the letter the page had shown."""

    to = forms.EmailField(label="To", max_length=LONGEST_ADDRESS)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    # Where the form stood, to come back to.
    on = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, letter: rows.Letter, data: Any = None, *, on: str = "") -> None:
        # Several stand on one page.
        ids = f"letter-{letter.ulid}-%s"
        super().__init__(data, auto_id=ids, initial={"to": letter.to, "seen": letter.version, "on": on})
        self.fields["to"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

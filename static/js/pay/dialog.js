// The dialog: its parts, which of them are seen, and what it is open for.

export const dialog = document.getElementById("log-payment");
export const form = dialog.querySelector("form");
export const user = dialog.dataset.user;

/** The part of the dialog that is named `name`. */
export const part = (name) => dialog.querySelector(`[data-pay="${name}"]`);
export const field = (name) => form.elements.namedItem(name);

// What the dialog is open for: the departure, the party it was opened from, what is known of them.
export let now = null;

export function begin(asked) {
  now = asked;
}

export const isUnknown = () => now.record?.state === "unknown";

export function show(which) {
  part("body").hidden = part("sending").hidden = which !== "form";
  part("result").hidden = part("ending").hidden = which !== "result";
  part("title").textContent = which === "form" ? "Log payment" : "Payment logged";
}

export function setState(words, shade = "") {
  part("state").textContent = words;
  part("state").className = shade ? `pay__state pay__state--${shade}` : "pay__state";
}

export function frozen(is) {
  part("fields").disabled = is;
}

export function busy(is) {
  part("submit").setAttribute("aria-disabled", String(is));
}

// Methods, as their buttons say them: what each is called in a sentence, and what it asks for.

const buttons = (code) => `input[name="method"][value="${CSS.escape(code)}"]`;

/** Cash is "cash", Venmo "Venmo"; one that is offered no longer is its code. */
export const wordOf = (code) => document.querySelector(buttons(code))?.dataset.word || code;

/** The chosen method's button, or null. */
export const chosen = (form) => form.querySelector('input[name="method"]:checked');

/** Whether the chosen method has a reference of the other side. */
export const asksReference = (form) => ["asked", "needed"].includes(chosen(form)?.dataset.asks);

/** What stands under the field for that reference. */
export function referenceHint(form) {
  const { asks, hint, word } = chosen(form)?.dataset || {};
  return [hint, asks === "needed" ? `Needed for ${word}.` : ""].filter(Boolean).join(" ");
}

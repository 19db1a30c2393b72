// The same reference of the other side given twice is pointed out, while it is typed. Nothing is blocked.

import { csrfToken } from "./csrf.js";
import { chosen } from "./methods.js";

const AFTER = 400;
const ANSWER_WITHIN = 5_000;

let waiting = 0;

/** Look whether the reference in `form` was given before. `except` is the id of the entry that the form is about. */
export function pointOut(form, { except = "" } = {}) {
  clearTimeout(waiting);
  waiting = setTimeout(() => look(form, except), AFTER);
}

async function look(form, except) {
  const note = form.querySelector("[data-reference-seen]");
  const asked = question(form);
  const found = asked ? (await seen(asked, form)).filter(({ id }) => id !== except) : [];
  // Meanwhile something else may stand there.
  if (question(form) !== asked) return;
  note.hidden = !found.length;
  const { word } = chosen(form)?.dataset || {};
  note.textContent = found.length ? `This ${word} reference is on ${places(found)} already.` : "";
  if (found.length) keepInView(note, field(form));
}

/** Neither covers the other: what is said takes room from what is typed. */
function keepInView(note, input) {
  for (const element of [note, input]) element.scrollIntoView({ block: "nearest" });
}

const field = (form) => form.elements.reference || form.elements.external_reference;

function question(form) {
  const reference = field(form).value.trim();
  const method = chosen(form)?.value;
  return reference && method ? String(new URLSearchParams({ method, reference })) : "";
}

const places = (found) => found.map(({ where }) => where).join(", and on ");

async function seen(asked, form) {
  try {
    const answer = await fetch("/dispatch/references/", {
      method: "POST",
      headers: {
        Accept: "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-CSRFToken": csrfToken(form),
      },
      body: asked,
      signal: AbortSignal.timeout(ANSWER_WITHIN),
    });
    return answer.ok ? (await answer.json()).seen : [];
  } catch {
    // A help that does not come is none; what is sent is checked by people all the same.
    return [];
  }
}

// A form on its way: sent once, answered, or not known. The key that it carries makes sending it again harmless.

import { csrfToken } from "../pay/csrf.js";
import { placeOf } from "./place.js";

// What was sent and had no answer, by its form.
const unknown = new WeakMap();

/** Send `form` and return the page that answers, or null where the form stays, and says why. */
export async function send(form) {
  if ("sending" in form.dataset) return null;
  if (!navigator.onLine) {
    say(form, "Not sent yet: this device is offline");
    return null;
  }
  const body = unknown.get(form) || new URLSearchParams(new FormData(form));
  // Another tab may have signed in since.
  body.set("csrfmiddlewaretoken", csrfToken(form));
  hold(form, true);
  say(form, "Sending");
  const answer = await placeOf(form.action, { method: "POST", body });
  hold(form, false);
  if (answer.place) return answer;
  turnedAway(form, body, answer);
  return null;
}

/** Whether what was asked for is done: then the answer comes from another page. */
export const isDone = (form, answer) => new URL(answer.url).pathname !== new URL(form.action).pathname;

/** Whether `form` waits to be sent again. */
export const isUnknown = (form) => unknown.has(form);

function turnedAway(form, body, { status }) {
  const words = {
    // The sign-in page answered.
    200: "your sign-in has ended. Sign in again in another tab, then send this again.",
    403: "load the page again, then send this again.",
  };
  if (words[status] && !unknown.has(form)) {
    say(form, `Not sent: ${words[status]}`);
    return;
  }
  unknown.set(form, body);
  fieldsOf(form).disabled = true;
  const why = words[status] ? ` Still: ${words[status]}` : "";
  say(form, `Not known whether it was ${form.dataset.done}: send again (nothing can be counted twice).${why}`);
  form.querySelector("[data-change-submit]").textContent = "Send again";
}

function hold(form, is) {
  if (is) form.dataset.sending = "";
  else delete form.dataset.sending;
  form.querySelector("[data-change-submit]").setAttribute("aria-disabled", String(is));
  fieldsOf(form).disabled = is;
}

const fieldsOf = (form) => form.querySelector("[data-change-fields]");

function say(form, words) {
  form.querySelector("[data-change-state]").textContent = words;
}

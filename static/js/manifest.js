// Taps on the manifest answer at once: what is tapped shows it, and the parts of the page that it changes come after.
// Without this script each tap is a form, and leads back here.

import { csrfToken } from "./pay/csrf.js";

const ANSWER_WITHIN = 20_000;
const LOST = "No answer. Tap again: nothing counts twice.";
const OFFLINE = "No signal. Tap again when it is back.";
const ENDED = "Your sign-in has ended. Load the page again.";

// Answers may come out of order: only that of the last tap shows the page.
let last = 0;

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-act]");
  if (!form) return;
  event.preventDefault();
  if (!("busy" in form.dataset)) act(form, event.submitter);
});

async function act(form, button) {
  const turn = ++last;
  const body = new URLSearchParams(new FormData(form, button));
  // Another tab may have signed in since.
  body.set("csrfmiddlewaretoken", csrfToken(form));
  hold(form, button, true);
  const page = await answerTo(form, body);
  if (typeof page === "string") {
    hold(form, button, false);
    say(form, page);
  } else if (turn === last) {
    show(page, form);
  }
}

/** Return the page that answers, or words where none does. */
async function answerTo(form, body) {
  if (!navigator.onLine) return OFFLINE;
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(ANSWER_WITHIN) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("[data-manifest]") ? page : answer.redirected ? ENDED : LOST;
  } catch {
    return LOST;
  }
}

function show(page, form) {
  const line = form.closest("[id]")?.id;
  const open = [...document.querySelectorAll("[data-manifest] details[open]")].map(idAround);
  document.querySelector("[data-manifest]").replaceWith(document.adoptNode(page.querySelector("[data-manifest]")));
  for (const id of open) document.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
  const refusal = document.querySelector("[data-manifest-alert]");
  const place = refusal.childElementCount ? refusal : document.getElementById(line);
  place?.focus({ preventScroll: place !== refusal });
}

const idAround = (element) => element.closest("[id]")?.id;

function hold(form, button, is) {
  if (is) form.dataset.busy = "";
  else delete form.dataset.busy;
  form.ariaBusy = is ? "true" : null;
  if (!button) return;
  button.setAttribute("aria-disabled", String(is));
  if (!button.dataset.busy) return;
  // The word that it will have; the words for readers of screens stay.
  button.dataset.was ||= button.firstChild.textContent;
  button.firstChild.textContent = is ? button.dataset.busy : button.dataset.was;
}

function say(form, words) {
  const place = form.closest(".head, .group") || form;
  let note = place.querySelector("[data-note]");
  if (!note) {
    note = document.createElement("p");
    note.className = "head__note";
    note.dataset.note = "";
    note.setAttribute("role", "alert");
    place.append(note);
  }
  note.textContent = words;
}

// An entry of the ledger: its page, and the forms that void, refund or correct it; in a dialog over the sheet, or as
// pages of their own.

import { offerCopies } from "./copy.js";
import * as dialog from "./entry/dialog.js";
import { dress, follow } from "./entry/form.js";
import { isDone, isUnknown, send } from "./entry/sending.js";

for (const form of document.querySelectorAll("form[data-change]")) dress(form);
offerCopies(document);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || !dialog.leadsHere(link)) return;
  event.preventDefault();
  dialog.follow(link);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-change]");
  if (!form) return;
  form.dataset.typed = "";
  follow(form, event.target);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-change]");
  if (!form) return;
  event.preventDefault();
  act(form);
});

async function act(form) {
  const isWithin = dialog.isWithin(form);
  const answer = await send(form);
  if (isWithin) {
    if (answer || isUnknown(form)) dialog.answer(form, answer?.place);
  } else if (answer && isDone(form, answer)) {
    location.assign(answer.url);
  } else if (answer) {
    stay(form, answer.place);
  }
}

/** Show the page's own part anew: what was typed, and what is wrong with it. */
function stay(form, place) {
  form.closest("[data-place]").replaceWith(place);
  for (const shown of place.querySelectorAll("form[data-change]")) dress(shown);
  (place.querySelector("[data-place-errors]") || place.querySelector("[data-place-title]")).focus();
}

// An entry's pages in a dialog over the sheet. Without this script the links lead to the pages themselves.

import { offerCopies } from "../copy.js";
import { made } from "../pay/elements.js";
import { dress } from "./form.js";
import { placeOf } from "./place.js";
import { refresh } from "./sheet.js";

const READING_AFTER = 300;

const dialog = document.getElementById("entry-dialog");
const body = dialog?.querySelector("[data-entry-body]");

// What the dialog is open for: the entry's own page, and whether anything may have changed since the sheet was made.
let opened = null;
// What is being read; an answer that comes after the next question is none.
let asked = "";

/** Whether `element` is within the dialog. */
export const isWithin = (element) => Boolean(dialog?.contains(element));

/** Whether a link leads to a page that the dialog can show. */
export const leadsHere = (link) => Boolean(dialog) && (link.matches("[data-entry-link]") || isEntryPage(link));

const isEntryPage = (link) => isWithin(link) && /^\/dispatch\/[^/]+\/entry\//.test(link.pathname) && !link.hash;

/** Follow `link` within the dialog. */
export async function follow(link) {
  if (isWithin(link)) {
    await read(link.href);
    return;
  }
  const isTyped = opened?.url === link.href && body.querySelector("form[data-typed]");
  if (!isTyped) {
    opened = { url: link.href, line: link.closest("tr")?.id, changed: false };
    body.replaceChildren();
  }
  dialog.showModal();
  if (!isTyped) await read(link.href);
}

async function read(url) {
  asked = url;
  const reading = setTimeout(() => (dialog.ariaBusy = "true"), READING_AFTER);
  const answer = await placeOf(url);
  clearTimeout(reading);
  dialog.ariaBusy = null;
  if (asked !== url) return;
  if (answer.place) show(answer.place);
  else body.replaceChildren(unread(url));
}

function unread(url) {
  const words = made("p", "notice notice--warn", "It could not be read. ");
  const link = made("a", "", "Try again");
  link.href = url;
  words.append(link);
  return words;
}

/** Show `place`, a part of one of the entry's pages. */
function show(place) {
  if (place.hasAttribute("data-place-changed")) opened.changed = true;
  body.replaceChildren(place);
  for (const form of place.querySelectorAll("form[data-change]")) dress(form);
  offerCopies(place);
  body.scrollTop = 0;
  (place.querySelector("[data-place-errors]") || place.querySelector("[data-place-title]")).focus();
}

/** Take the answer to `form`, which was sent from here; null where there was none that says what became of it. */
export function answer(form, place) {
  // Meanwhile the dialog may be closed, or open for another entry: then the sheet alone is told.
  if (place && body.contains(form)) show(place);
  else opened.changed = true;
  if (!dialog.open) refreshSheet();
}

async function refreshSheet() {
  if (!opened?.changed) return;
  opened.changed = false;
  await refresh();
  document.getElementById(opened.line)?.querySelector("[data-entry-link]")?.focus();
}

if (dialog) {
  dialog.querySelector("[data-entry-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    // Outside the box is the backdrop.
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", refreshSheet);
}

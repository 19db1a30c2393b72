// The form in a dialog over the sheet. Without this script its link leads to the page.

import { placeOf } from "../entry/place.js";
import { refresh } from "../entry/sheet.js";
import { made } from "../pay/elements.js";
import { offerAll } from "./all.js";

const READING_AFTER = 300;

const dialog = document.getElementById("cancel-dialog");
const body = dialog?.querySelector("[data-cancel-body]");

// Whether anything may have changed since the sheet was made.
let changed = false;

export const isHere = () => Boolean(dialog);

/** Whether `element` is within the dialog. */
export const isWithin = (element) => Boolean(dialog?.contains(element));

/** Open the form at `url`; one that was filled in and closed is as it was left. */
export async function open(url) {
  const isKept = body.querySelector("form[data-typed]");
  if (!isKept) body.replaceChildren();
  if (!dialog.open) dialog.showModal();
  if (!isKept) await read(url);
}

async function read(url) {
  const reading = setTimeout(() => (dialog.ariaBusy = "true"), READING_AFTER);
  const { place } = await placeOf(url);
  clearTimeout(reading);
  dialog.ariaBusy = null;
  if (place) show(place);
  else body.replaceChildren(unread(url));
}

function unread(url) {
  const words = made("p", "notice notice--warn", "It could not be read. ");
  const link = made("a", "", "Try again");
  link.href = url;
  link.dataset.cancelLink = "";
  words.append(link);
  return words;
}

/** Show `place`, the page's own part: the form, what is wrong with it, or what was done. */
export function show(place) {
  if (place.hasAttribute("data-place-changed")) mayHaveChanged();
  body.replaceChildren(place);
  offerAll(place);
  body.scrollTop = 0;
  const news = place.querySelector("[data-place-errors], [data-place-outcomes]");
  (news || place.querySelector("[data-place-title]")).focus();
}

/** Remember that the sheet is old; where the dialog was closed meanwhile, read it again. */
export function mayHaveChanged() {
  changed = true;
  if (!dialog.open) catchUp();
}

async function catchUp() {
  if (!changed) return;
  changed = false;
  await refresh();
  document.querySelector("[data-cancel-link]")?.focus();
}

/** Whether a link leads to a part of the sheet itself. */
function leadsBehind(link) {
  return link && link.pathname === location.pathname && !isWithin(document.getElementById(link.hash.slice(1)));
}

if (dialog) {
  dialog.querySelector("[data-cancel-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    // Outside the box is the backdrop.
    if (event.target === dialog || leadsBehind(event.target.closest("a[href]"))) dialog.close();
  });
  dialog.addEventListener("close", catchUp);
}

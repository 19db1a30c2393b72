// Calling a departure off: one form for all of its parties; in a dialog over the sheet, or as a page of its own.

import { fillAll, offerAll } from "./cancel/all.js";
import * as dialog from "./cancel/dialog.js";
import { isUnknown, send } from "./entry/sending.js";

offerAll(document);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-cancel-link]");
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || !dialog.isHere()) return;
  event.preventDefault();
  dialog.open(link.href);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-cancel]");
  if (!form) return;
  form.dataset.typed = "";
  const all = event.target.closest("[data-all]");
  if (all) fillAll(form, all);
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-cancel]");
  // As a page, the browser sends it.
  if (!form || !dialog.isWithin(form)) return;
  event.preventDefault();
  const answer = await send(form);
  if (answer) dialog.show(answer.place);
  else if (isUnknown(form)) dialog.mayHaveChanged();
});

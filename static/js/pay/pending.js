// Payments of earlier pages whose answer never came, each on its departure or above the page.

import { made } from "./elements.js";
import { kept, patronOf, placesKept } from "./kept.js";
import { wordOf } from "./methods.js";
import { display } from "./money.js";

export function showPending() {
  for (const note of document.querySelectorAll("[data-pending], [data-pending-elsewhere]")) {
    note.replaceChildren();
    note.hidden = true;
  }
  for (const place of placesKept()) {
    const record = kept(place);
    if (record && record.state === "unknown") showOne(place, record);
  }
}

function showOne(place, record) {
  const here = document.querySelector(`[data-event="${CSS.escape(record.slug)}"] [data-pending]`);
  const note = here || document.querySelector("[data-pending-elsewhere]");
  const box = made("div", "pending notice notice--warn");
  const sum = display(record.body.amount, record.currency);
  const words = `${sum} ${wordOf(record.body.method)} from ${record.body.patron_name}: not known whether it was logged.`;
  box.append(made("p", "", words), here ? againButton(place, record) : linkTo(record));
  note.append(box);
  note.hidden = false;
}

function againButton(place, record) {
  const button = made("button", "button button--quiet", "Send again");
  button.type = "button";
  const detail = { record, patron: patronOf(place, record.slug) };
  // Whoever opens the dialog hears it.
  button.addEventListener("click", () => document.dispatchEvent(new CustomEvent("pay:again", { detail })));
  return button;
}

function linkTo(record) {
  const link = made("a", "button button--quiet", `To ${record.title}`);
  link.href = `/dispatch/${record.slug}/`;
  return link;
}

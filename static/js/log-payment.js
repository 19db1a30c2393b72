// Log payment: one dialog for the board and the event sheet.
//
// The key of a payment is made before it is first sent and kept, with what was sent, until a definite answer comes:
// over a reload, a closed tab, a lost network. Sending it again with the same key counts nothing twice.

import { begin, busy, dialog, field, form, frozen, isUnknown, now, part, setState, show } from "./pay/dialog.js";
import { clearErrors, showErrors } from "./pay/errors.js";
import { clearAsk } from "./pay/asking.js";
import { body, changed, faults, prefill, showAlike, showMethod, takeDeposit, values } from "./pay/fields.js";
import { kept, newKey, placeOf } from "./pay/kept.js";
import { signOf } from "./pay/money.js";
import { showEntries, showParties, showParty, showUnread } from "./pay/parties.js";
import { showPending } from "./pay/pending.js";
import { pointOut } from "./pay/references.js";
import { send, unknown } from "./pay/sending.js";
import { moneyOf } from "./pay/server.js";

const SKELETON_AFTER = 300;

// ---- Opening ----------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-log-payment]");
  if (button) open(button.dataset);
});

function open(asked) {
  begin({
    slug: asked.logPayment,
    title: asked.title,
    when: asked.when,
    currency: asked.currency,
    eventBalance: Number(asked.balance || 0) / 100,
    place: placeOf(asked.logPayment, asked.patron),
    party: asked.patron
      ? { id: asked.patron, name: asked.name, balance: asked.owes, deposit: asked.deposit, email: "" }
      : null,
    opened: asked,
    parties: [],
    entries: [],
    record: null,
    // What was typed is not filled over.
    typed: new Set(),
  });
  form.reset();
  clearErrors();
  clearAsk();
  form.querySelector("[data-reference-seen]").hidden = true;
  part("more").open = false;
  busy(false);
  part("where").textContent = [now.when, now.title].filter(Boolean).join(", ");
  part("sign").textContent = signOf(now.currency);
  show("form");
  showParty();
  showEntries();
  prefill();
  restore();
  showMethod();
  dialog.showModal();
  read();
}

/** Fill in what was typed or sent before and has had no definite answer. */
function restore() {
  const record = kept(now.place);
  if (!record) {
    frozen(false);
    setState("");
    return;
  }
  now.record = record;
  now.party = record.party;
  for (const [name, value] of Object.entries(record.fields)) {
    field(name).value = value;
    now.typed.add(name);
  }
  part("more").open = ["reference", "note"].some((name) => record.fields[name]);
  pointOut(form);
  showParty();
  if (record.state === "unknown") {
    unknown();
  } else {
    frozen(false);
    setState("Not sent yet");
  }
}

/** Read the manifest's money. The dialog can be used meanwhile, and without it. */
async function read() {
  const { slug } = now;
  const reading = setTimeout(() => (part("reading").hidden = false), SKELETON_AFTER);
  try {
    const money = await moneyOf(slug);
    if (now.slug === slug) showMoney(money);
  } catch {
    if (now.slug === slug) showUnread();
  } finally {
    clearTimeout(reading);
    part("reading").hidden = true;
  }
}

function showMoney(money) {
  now.parties = money.parties;
  now.entries = money.entries;
  if (now.party) now.party = now.parties.find((party) => party.id === now.party.id) || now.party;
  showParty();
  showEntries();
  showParties();
  prefill();
  showAlike();
}

// ---- Typing and sending -----------------------------------------------------------------------------------------

form.addEventListener("input", (event) => {
  if (event.target.name === "party") return;
  now.typed.add(event.target.name);
  if (event.target.name === "patron_name") showParties();
  if (["method", "reference"].includes(event.target.name)) pointOut(form);
  changed();
});

field("amount").addEventListener("focus", () => field("amount").select());
part("deposit").addEventListener("click", takeDeposit);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (part("submit").getAttribute("aria-disabled") === "true") return;
  clearErrors();
  if (isUnknown()) {
    send(now.record);
    return;
  }
  const found = faults();
  if (Object.keys(found).length) {
    showErrors("Not sent yet. Look at this first:", found);
    return;
  }
  if (!navigator.onLine) {
    setState("Not sent yet: this device is offline", "warn");
    return;
  }
  send({ key: newKey(), body: body(), party: now.party, fields: values() });
});

/** Send what an earlier page sent and had no answer to. */
document.addEventListener("pay:again", ({ detail: { record, patron } }) => {
  const buttons = [...document.querySelectorAll(`[data-log-payment="${CSS.escape(record.slug)}"]`)];
  const asked = buttons.find((button) => (button.dataset.patron || "any") === patron) || buttons[0];
  open({ ...asked.dataset, patron: patron === "any" ? "" : patron, name: record.body.patron_name });
  send(record);
});

// ---- Closing ----------------------------------------------------------------------------------------------------

part("close").addEventListener("click", () => dialog.close());
part("done").addEventListener("click", () => dialog.close());
part("another").addEventListener("click", () => open({ ...now.opened, patron: "", name: "" }));
dialog.addEventListener("click", (event) => {
  // Outside the form is the backdrop. What was typed is kept, so a touch there loses nothing.
  if (event.target === dialog) dialog.close();
});
dialog.addEventListener("close", showPending);

showPending();

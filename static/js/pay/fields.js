// What is typed: filled in, read, and said back on the button.

import { field, form, isUnknown, now, part, setState } from "./dialog.js";
import { keep } from "./kept.js";
import { asksReference, chosen, referenceHint, wordOf } from "./methods.js";
import { display, parsed } from "./money.js";
import { fold, isOf } from "./names.js";

const NAMES = ["patron_name", "amount", "method", "tip", "reference", "note", "patron_email"];
const LOOK_ALIKE = 15 * 60 * 1000;

export const values = () => Object.fromEntries(NAMES.map((name) => [name, field(name).value]));

/** The amount is the balance, and the receipt goes where the party said. */
export function prefill() {
  const balance = now.party ? Number(now.party.balance) : now.parties.length ? 0 : now.eventBalance;
  if (!now.typed.has("amount")) field("amount").value = balance > 0 ? balance.toFixed(2) : "";
  if (!now.typed.has("patron_email")) field("patron_email").value = (now.party && now.party.email) || "";
  showDeposit();
  showReceipt();
  showSubmit();
}

/** A deposit that is due is one touch away; the amount is the whole balance until then. */
export function showDeposit() {
  const deposit = Number(now.party?.deposit || 0);
  part("deposit-line").hidden = !deposit || deposit >= Number(now.party.balance);
  part("deposit").textContent = `Deposit due: ${display(deposit, now.currency)}`;
}

export function takeDeposit() {
  now.typed.add("amount");
  field("amount").value = Number(now.party.deposit).toFixed(2);
  changed();
}

function showReceipt() {
  const to = field("patron_email").value.trim();
  part("receipt").textContent = to ? `receipt to ${to}` : "no receipt";
}

export function showSubmit() {
  if (isUnknown()) return;
  const amount = parsed(field("amount").value);
  const tip = parsed(field("tip").value);
  const method = field("method").value;
  let words = amount ? `Log ${display(amount, now.currency)}` : "Log payment";
  if (amount && method) words += ` ${wordOf(method)}`;
  if (amount && tip) words += ` and ${display(tip, now.currency)} tip`;
  part("submit").textContent = words;
}

/** Ask for the reference right under the methods where the chosen one has any, and say where guests send it. */
export function showMethod() {
  const isNear = asksReference(form);
  const box = form.querySelector('[data-field="reference"]');
  part(isNear ? "reference-near" : "reference-far").append(box);
  part("more-word").textContent = isNear ? "Note, receipt" : "Reference, note, receipt";
  document.getElementById("pay-reference-hint").textContent = referenceHint(form);
  const { account } = chosen(form)?.dataset || {};
  part("account").hidden = !account;
  part("account").textContent = account ? `Guests send it to ${account}.` : "";
}

/** Point at a payment that looks the same and is minutes old. It may be another one: nothing is blocked. */
export function showAlike() {
  const amount = parsed(field("amount").value);
  const twin = now.entries.find((entry) => isAlike(entry, amount));
  part("alike").hidden = !twin || isUnknown();
  if (!twin) return;
  const minutes = Math.max(Math.round((Date.now() - Date.parse(twin.logged_at)) / 60_000), 1);
  const ago = minutes === 1 ? "a minute ago" : `${minutes} minutes ago`;
  const paid = `${twin.patron_name} already paid ${display(amount, now.currency)} ${wordOf(twin.method)} ${ago}`;
  part("alike").textContent = `${paid}, reference ${twin.reference}. Log it only if this is another payment.`;
}

function isAlike(entry, amount) {
  return (
    entry.kind === "payment" &&
    !entry.voided &&
    isOf(entry, now.party || { name: field("patron_name").value }) &&
    entry.amount === amount &&
    entry.method === field("method").value &&
    Date.now() - Date.parse(entry.logged_at) < LOOK_ALIKE
  );
}

/** Keep what is typed, and say it back. */
export function changed() {
  showMethod();
  showSubmit();
  showReceipt();
  showAlike();
  keep(now, { state: "draft", key: null, body: null, party: now.party, fields: values() });
  setState("Not sent yet");
}

/** What is missing or none, as {field: [text]}. */
export function faults() {
  const found = {};
  if (!now.party && !field("patron_name").value.trim()) found.patron_name = ["Choose a party, or write the patron's name."];
  if (!parsed(field("amount").value)) found.amount = ["Enter an amount above zero, such as 125.00."];
  if (!field("method").value) found.method = ["Choose how it was paid."];
  if (chosen(form)?.dataset.asks === "needed" && !field("reference").value.trim()) {
    found.reference = [`${referenceHint(form)} Write it here.`];
  }
  const tip = field("tip").value.trim();
  if (tip && parsed(tip, { zero: true }) === null) found.tip = ["Enter a tip such as 20.00, or leave it empty."];
  return found;
}

/** The payment as the API wants it. */
export function body() {
  const typed = field("patron_name").value.trim();
  const party = now.party || onlyParty(typed);
  const sent = {
    patron_name: party ? party.name : typed,
    amount: parsed(field("amount").value),
    method: field("method").value,
  };
  if (party) sent.patron_id = party.id;
  const tip = parsed(field("tip").value);
  if (tip) sent.tip = tip;
  for (const name of ["reference", "note", "patron_email"]) {
    if (field(name).value.trim()) sent[name] = field(name).value.trim();
  }
  return sent;
}

/** The one party that has the name that was typed, if there is just one. */
function onlyParty(name) {
  const same = now.parties.filter((party) => fold(party.name) === fold(name));
  return same.length === 1 ? same[0] : null;
}

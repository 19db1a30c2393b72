// The page behind the dialog, once a payment is logged.

import { dialog, part, user } from "./dialog.js";
import { put } from "./elements.js";
import { wordOf } from "./methods.js";
import { display } from "./money.js";
import { moneyOf } from "./server.js";

const of = (slug, rest = "") => `[data-event="${CSS.escape(slug)}"]${rest}`;

export function showTotals(slug, totals, currency) {
  for (const box of document.querySelectorAll(of(slug))) showTotalsIn(box, totals, currency);
  for (const button of document.querySelectorAll(`[data-log-payment="${CSS.escape(slug)}"][data-balance]`)) {
    button.dataset.balance = String(Math.round(Number(totals.balance) * 100));
  }
}

function showTotalsIn(box, totals, currency) {
  for (const name of ["net", "due", "received", "refunded", "tips"]) put(box, name, display(totals[name], currency));
  put(box, "balance", display(totals.balance, currency));
  put(box, "credit", `Credit ${display(-totals.balance, currency)}`);
  for (const badge of box.querySelectorAll('[data-figure="credit"]')) badge.hidden = Number(totals.balance) >= 0;
  put(box, "balance-word", Number(totals.balance) < 0 ? "credit" : "to pay");
  for (const scale of box.querySelectorAll('progress[data-figure="scale"]')) {
    scale.max = Math.max(Number(totals.due), 0.01);
    scale.value = Math.max(Number(totals.net), 0);
  }
}

export function showLedgerRow(slug, payment) {
  const rows = document.querySelector(of(slug, " [data-ledger]"));
  if (!rows || document.getElementById(`entry-${payment.reference}`)) return;
  const row = document.querySelector("[data-ledger-row]").content.firstElementChild.cloneNode(true);
  row.id = `entry-${payment.reference}`;
  const texts = textsOf(payment);
  for (const cell of row.querySelectorAll("[data-entry]")) cell.textContent = texts[cell.dataset.entry];
  row.querySelector("[data-entry-link]").href = `/dispatch/${slug}/entry/${payment.reference}/`;
  rows.prepend(row);
  rows.closest("table").hidden = false;
  document.querySelector("[data-ledger-empty]").hidden = true;
}

function textsOf(payment) {
  const method = wordOf(payment.method);
  const notes = [payment.external_reference && `, ${payment.external_reference}`, payment.note && `. ${payment.note}`];
  return {
    name: payment.patron_name,
    what: method[0].toUpperCase() + method.slice(1),
    when: "Just now",
    reference: payment.reference,
    by: payment.logged_by === user ? dialog.dataset.name : payment.logged_by,
    notes: notes.filter(Boolean).join(""),
    amount: display(payment.amount, payment.currency),
    tip: Number(payment.tip) ? `and ${display(payment.tip, payment.currency)} tip` : "",
  };
}

/** What each party now owes, as the server counts it. */
export async function refreshParties(slug) {
  const box = document.querySelector(of(slug, " [data-tips]"));
  if (!box) return;
  let money;
  try {
    money = await moneyOf(slug);
  } catch {
    part("after").textContent += ". The manifest behind could not be read again: load the page.";
    return;
  }
  const parties = new Map(money.parties.map((party) => [party.id, party]));
  for (const row of document.querySelectorAll(of(slug, " [data-party]"))) showPartyRow(row, parties.get(row.dataset.party));
  showTips(box, money.tips);
}

function showPartyRow(row, party) {
  if (!party) return;
  put(row, "paid", party.paid);
  put(row, "owes", party.owes);
  put(row, "deposit", party.deposit_due);
  const badge = row.querySelector('[data-figure="state"]');
  badge.textContent = party.state;
  badge.className = party.shade ? `badge badge--${party.shade}` : "badge";
  Object.assign(row.querySelector("[data-log-payment]").dataset, { owes: party.balance, deposit: party.deposit });
}

/** Who gets what of the tips, as the server shares them. */
function showTips(box, { pool, shares, empty }) {
  put(box, "tips", pool);
  const line = box.querySelector("[data-share]").content.firstElementChild;
  const lines = shares.map((share) => {
    const made = line.cloneNode(true);
    for (const cell of made.querySelectorAll("[data-part]")) cell.textContent = share[cell.dataset.part];
    return made;
  });
  const list = box.querySelector("[data-shares]");
  list.replaceChildren(...lines);
  list.hidden = !lines.length;
  box.querySelector("[data-shares-empty]").hidden = Boolean(lines.length);
  box.querySelector("[data-shares-empty]").textContent = empty;
}

// A payment on its way: sent, answered, or not known.
//
// It is kept as unknown, with its key, before it leaves, until a definite answer comes.

import { showAsk } from "./asking.js";
import { showLedgerRow, showTotals, refreshParties } from "./behind.js";
import { busy, form, frozen, now, part, setState, show } from "./dialog.js";
import { showErrors } from "./errors.js";
import { showSubmit } from "./fields.js";
import { forget, keep } from "./kept.js";
import { wordOf } from "./methods.js";
import { display } from "./money.js";
import { showPending } from "./pending.js";
import { post } from "./server.js";

export async function send(record) {
  const asked = now;
  const again = record.state === "unknown";
  // Kept as unknown before it leaves: a page that is reloaded now has to ask again.
  asked.record = { ...record, state: "unknown" };
  keep(asked, asked.record);
  frozen(true);
  busy(true);
  part("alike").hidden = true;
  setState("Sending");
  const answer = await post(asked.slug, record);
  // Meanwhile the dialog may be open for another departure: then only what is kept and the page are told.
  const shown = now === asked;
  if (shown) busy(false);
  settle(asked, answer, { shown, again });
  showPending();
}

function settle(asked, { status, replayed, data }, { shown, again }) {
  if (status === 200 || status === 201) {
    logged(asked, data, { replayed, shown });
  } else if (status >= 400 && status < 500 && !(again && unheard(status, data))) {
    refused(asked, status, data, shown);
  } else if (shown) {
    unknown();
    const why = unheard(status, data);
    if (why) showErrors(`Still not known whether it was logged: ${why}`);
  }
}

function logged(asked, data, { replayed, shown }) {
  forget(asked.place);
  asked.record = null;
  if (shown) {
    showLogged(data, replayed);
    showAsk(asked, data.payment);
  }
  showTotals(asked.slug, data.totals, data.payment.currency);
  showLedgerRow(asked.slug, data.payment);
  refreshParties(asked.slug);
}

/** A definite no: nothing was counted, and what was typed stays. */
function refused(asked, status, data, shown) {
  const { party, fields } = asked.record;
  asked.record = null;
  keep(asked, { state: "draft", key: null, body: null, party, fields });
  if (shown) showRefusal(status, data);
}

/** Why a request was turned away before the ledger saw it, if it was: that says nothing of an earlier try. */
function unheard(status, data) {
  const words = {
    401: "your sign-in has ended. Sign in again in another tab, then send this again.",
    403: data.detail || "load the page again, then send this again. What you typed is kept.",
    429: "too many at once. Wait a minute, then send this again.",
  };
  return words[status];
}

function showRefusal(status, data) {
  frozen(false);
  showSubmit();
  setState("Not logged", "warn");
  const why = unheard(status, data);
  const title = why ? `Not logged: ${why}` : ["Not logged.", data.detail].filter(Boolean).join(" ");
  showErrors(title, data.errors || {});
}

/** No answer, or none that says whether it is stored. Only the same request may be sent now. */
export function unknown() {
  frozen(true);
  setState("Not known whether it was logged: send again (nothing can be counted twice)", "warn");
  part("submit").textContent = "Send again";
  part("alike").hidden = true;
}

function showLogged({ reference, payment, totals }, replayed) {
  const amount = display(payment.amount, payment.currency);
  const tip = Number(payment.tip) ? ` and ${display(payment.tip, payment.currency)} tip` : "";
  part("reference").textContent = reference;
  part("what").textContent = `${amount} ${wordOf(payment.method)}${tip}, from ${payment.patron_name}`;
  const left = Number(totals.balance);
  part("after").textContent =
    `${display(totals.net, payment.currency)} of ${display(totals.due, payment.currency)} paid for this departure, ` +
    `${display(left, payment.currency)} ${left < 0 ? "credit" : "to pay"}`;
  part("again").hidden = !replayed;
  part("alike").hidden = true;
  form.querySelector("[data-reference-seen]").hidden = true;
  setState("");
  show("result");
  part("done").focus();
}

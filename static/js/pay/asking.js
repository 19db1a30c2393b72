// How the guest is asked to pay what was logged: shown under the result, where the method has an account.

import { offerCopies } from "../copy.js";
import { now, part } from "./dialog.js";
import { placeOf } from "../entry/place.js";

export function clearAsk() {
  part("ask").replaceChildren();
}

/** Show what the entry's own page says of it. Without an answer there is nothing to show, and the entry is logged. */
export async function showAsk(asked, payment) {
  clearAsk();
  const button = document.querySelector(`#log-payment input[name="method"][value="${CSS.escape(payment.method)}"]`);
  if (!button?.dataset.account) return;
  const { place } = await placeOf(`/dispatch/${asked.slug}/entry/${payment.reference}/`);
  const ask = place?.querySelector("[data-ask]");
  if (!ask || now !== asked) return;
  part("ask").replaceChildren(ask);
  offerCopies(part("ask"));
}

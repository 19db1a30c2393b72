// The sheet behind the dialog, read again: what money moves is marked `data-live`, and takes its place anew.

import { offerCopies } from "../copy.js";
import { made } from "../pay/elements.js";

const ANSWER_WITHIN = 20_000;

export async function refresh() {
  try {
    const answer = await fetch(location.pathname, { redirect: "error", signal: AbortSignal.timeout(ANSWER_WITHIN) });
    if (!answer.ok) throw new Error(`${answer.status}`);
    replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    const words = "The departure could not be read again, so this page is old: load it again.";
    document.querySelector("[data-live]").before(made("p", "notice notice--warn", words));
  }
}

function replace(page) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
    if (!fresh) continue;
    part.replaceWith(document.adoptNode(fresh));
    offerCopies(fresh);
  }
}

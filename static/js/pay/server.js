// What the server is asked and told.

import { csrfToken } from "./csrf.js";
import { form } from "./dialog.js";

const ANSWER_WITHIN = 20_000;

/** What the departure's money is now. */
export async function moneyOf(slug) {
  const answer = await fetch(`/dispatch/${slug}/money/`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/** Post and return {status, replayed, data}; status 0 when there is no answer. */
export async function post(slug, { key, body }) {
  try {
    const response = await fetch(`/api/g/${slug}/payment`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": csrfToken(form),
        "Idempotency-Key": key,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_WITHIN),
    });
    const isJson = (response.headers.get("Content-Type") || "").includes("json");
    const data = isJson ? await response.json() : {};
    return { status: response.status, replayed: response.headers.get("Idempotent-Replayed") === "true", data };
  } catch {
    return { status: 0, replayed: false, data: {} };
  }
}

// What is kept on this device: drafts for a day, and what may have been logged until that is known.

import { user } from "./dialog.js";

const DRAFT_LIVES = 24 * 60 * 60 * 1000;
const PREFIX = `scc.payment.${user}.`;

export const placeOf = (slug, patron) => `${PREFIX}${slug}.${patron || "any"}`;

/** Whose payment is kept at `place`: a party's ulid, or "any". */
export const patronOf = (place, slug) => place.slice(placeOf(slug, "").length - "any".length);

export const placesKept = () => Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));

export function keep(asked, record) {
  const { slug, title, currency } = asked;
  localStorage.setItem(asked.place, JSON.stringify({ ...record, slug, title, currency, at: Date.now() }));
}

export function kept(place) {
  const text = localStorage.getItem(place);
  const record = text ? JSON.parse(text) : null;
  if (record && record.state === "draft" && Date.now() - record.at > DRAFT_LIVES) {
    localStorage.removeItem(place);
    return null;
  }
  return record;
}

export function forget(place) {
  localStorage.removeItem(place);
}

/** A key of 128 random bits. randomUUID is missing where the page came over plain http from another machine. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Who signs out leaves no half-written names behind. What may have been logged stays until that is known.
document.querySelector('form[action$="/logout/"]').addEventListener("submit", () => {
  for (const place of placesKept()) {
    if (kept(place)?.state === "draft") forget(place);
  }
});

// What stays on the phone until the server has answered: in IndexedDB, else in localStorage.

import { fitChildren } from "./check.js";
import { byId, fill, filled, forgetToken, form, isKiosk, kioskToken, made, pad, say } from "./form.js";

const STORE = "scc-waiver";
const PREFIX = `${STORE} `;

const opened = new Promise((resolve, reject) => {
  const asked = indexedDB.open(STORE, 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});
// Refused in some private windows, as each call finds out.
opened.catch(() => {});

async function run(mode, act) {
  const change = (await opened).transaction("kept", mode);
  const asked = act(change.objectStore("kept"));
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve(asked.result);
    change.onerror = change.onabort = () => reject(change.error);
  });
}

async function put(name, value) {
  try {
    await run("readwrite", (kept) => kept.put(value, name));
    return true;
  } catch {
    return putLocally(name, value);
  }
}

function putLocally(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

async function remove(name) {
  try {
    localStorage.removeItem(PREFIX + name);
    await run("readwrite", (kept) => kept.delete(name));
  } catch {}
}

async function all(start) {
  const range = IDBKeyRange.bound(start, `${start}\uffff`);
  const found = await run("readonly", (kept) => kept.getAll(range)).catch(() => []);
  return [...found, ...local(start)];
}

function local(start) {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX + start));
    return names.map((name) => JSON.parse(localStorage.getItem(name)));
  } catch {
    return [];
  }
}

// What is being filled in; never on a kiosk.

const DRAFT = `draft ${form.getAttribute("action")}`;
const DRAFT_LASTS = 24 * 60 * 60 * 1000;

const now = () => new Date().toISOString();
let acts = {};
// One after the other: what is forgotten stays so.
let writing = Promise.resolve();

export function beginActs() {
  acts = { opened_at: now() };
}

export function note(act) {
  acts[act] = now();
}

export function noteOnce(act) {
  acts[act] ??= now();
}

export function noted() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return JSON.stringify({ ...acts, ...(zone && { zone }) });
}

export const taken = () => ({ ...filled(), acts: { ...acts }, pad: pad.kept(), at: Date.now() });

export function keepDraft() {
  if (isKiosk) return;
  const draft = taken();
  writing = writing.then(() => put(DRAFT, draft));
}

export function forgetDraft() {
  writing = writing.then(() => remove(DRAFT));
  return writing;
}

export async function findDraft() {
  if (isKiosk) return null;
  const [draft] = await all(DRAFT);
  if (draft && Date.now() - draft.at < DRAFT_LASTS) return draft;
  if (draft) forgetDraft();
  return null;
}

export function restoreDraft(draft) {
  fitChildren(draft.values);
  fill(draft);
  acts = { ...acts, ...draft.acts };
}

// Signatures without an answer. Each is sent again with the same key, so it counts once.

const SIGNED = "sign ";
const ANSWER_WITHIN = 25000;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 300000;
const LATER = 60000;

const BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export function newKey() {
  const time = [...Date.now().toString(32).padStart(10, "0")].map((digit) => parseInt(digit, 32));
  return [...time, ...crypto.getRandomValues(new Uint8Array(16))].map((number) => BASE32[number % 32]).join("");
}

export const entries = new Map();
const asked = new Map();
let timer;
let pause = FIRST_PAUSE;


export const isWaiting = (entry) => !entry.received && !entry.refused;

export async function loadQueue() {
  for (const entry of await all(SIGNED)) if (!entries.has(entry.key)) entries.set(entry.key, { ...entry, isKept: true });
  draw();
  flush();
}

export async function add(entry) {
  entries.set(entry.key, entry);
  entry.isKept = await put(SIGNED + entry.key, entry);
  draw();
}

export function drop(entry) {
  entries.delete(entry.key);
  draw();
  return remove(SIGNED + entry.key);
}

export async function flush() {
  clearTimeout(timer);
  for (const entry of [...entries.values()].filter(isWaiting)) await deliver(entry);
  const isLeft = [...entries.values()].some(isWaiting);
  pause = isLeft ? Math.min(2 * pause, LONGEST_PAUSE) : FIRST_PAUSE;
  if (isLeft) flushLater();
}

export function flushLater() {
  clearTimeout(timer);
  timer = setTimeout(flush, pause);
}

// Returns it with what became of it: `received`, `refused`, or neither.
export function deliver(entry) {
  if (!asked.has(entry.key)) {
    asked.set(
      entry.key,
      send(entry).finally(() => asked.delete(entry.key)),
    );
    draw();
  }
  return asked.get(entry.key);
}

export const isSending = (entry) => asked.has(entry.key);

async function send(entry) {
  try {
    const response = await post(entry);
    const answer = await response.json();
    if (response.ok && answer.reference) await received(entry, answer, response.headers.get("Location"));
    else if (isFinal(response.status)) await refused(entry, response.status, answer);
  } catch {
    // No answer, or that of a network which asks for a login.
  }
  asked.delete(entry.key);
  draw();
  return entry;
}

function post(entry) {
  const body = new URLSearchParams(entry.body);
  body.set("key", entry.key);
  if (Date.now() - entry.at > LATER) body.set("later", "on");
  if (entry.kiosk) body.set("kiosk", kioskToken() || entry.kiosk);
  return fetch(entry.url, {
    method: "POST",
    headers: { Accept: "application/json" },
    body,
    credentials: "same-origin",
    // Safari before 16 gives up by itself.
    signal: AbortSignal.timeout?.(ANSWER_WITHIN),
  });
}

const isFinal = (status) => status >= 400 && status < 500 && ![408, 425, 429].includes(status);

async function received(entry, answer, location) {
  entry.received = { reference: answer.reference, location };
  delete entry.body;
  delete entry.form;
  await remove(SIGNED + entry.key);
}

async function refused(entry, status, answer) {
  // Locked: it waits for the PIN.
  if (entry.kiosk && status === 403) return forgetToken();
  entry.refused = { status, words: answer.detail ?? answer.title, errors: answer.errors ?? {}, reference: answer.reference };
  return put(SIGNED + entry.key, entry);
}

for (const sign of ["online", "pageshow", "focus"]) {
  addEventListener(sign, () => {
    pause = FIRST_PAUSE;
    flush();
  });
}

const panel = byId("waiting");
const list = panel.querySelector("ul");
// Its form is still open, and speaks of it.
let open = "";

export function leaveOut(key) {
  open = key;
  draw();
}

const isNamed = (entry) => !isKiosk && !entry.kiosk;

function words(entry) {
  if (entry.received) return say("received", entry.received);
  if (entry.refused) return say("not_taken", { words: entry.refused.words });
  if (isSending(entry)) return say("sending");
  if (!entry.isKept) return say("not_kept");
  return say(isKiosk ? "kept_kiosk" : "kept");
}

const action = (name, onclick) => made("button", { type: "button", className: "button button--quiet", textContent: say(name), onclick });

let reopen = () => {};
export const onReopen = (act) => {
  reopen = act;
};

function actions(entry) {
  if (entry.received) {
    const { location: href } = entry.received;
    return isNamed(entry) && href ? [made("a", { href, textContent: say("receipt") })] : [];
  }
  if (isWaiting(entry)) return isSending(entry) ? [] : [action("try", flush)];
  return [action("reopen", () => reopen(entry)), action("remove", () => drop(entry))];
}

const row = (who, said, ...more) => made("li", {}, made("strong", { textContent: who }), " ", made("span", { textContent: said }), ...more);

// A kiosk names nobody.
function rows(entries) {
  const alone = entries.filter((entry) => isNamed(entry) || entry.refused);
  const counted = entries.filter((entry) => !isNamed(entry) && isWaiting(entry));
  const found = alone.map((entry) => row(isNamed(entry) ? entry.name : "1", words(entry), ...actions(entry)));
  return counted.length ? [...found, row(counted.length, words(counted[0]), ...actions(counted[0]))] : found;
}

function draw() {
  const shown = [...entries.values()].filter((entry) => entry.key !== open);
  const found = rows(shown);
  panel.hidden = !found.length;
  list.replaceChildren(...found);
  panel.lastElementChild.textContent = shown.some(isWaiting) ? `${say("by_itself")} ${say("next")}` : "";
}

// What stays on the phone until the server has answered: in IndexedDB, else in localStorage.

import { fitChildren } from "./check.js";
import { fill, filled, forgetToken, form, isKiosk, kioskToken, pad } from "./form.js";

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

// Signatures without an answer yet. Each is sent again by itself, with the same key, so that it counts once.

const SIGNED = "sign ";
const ANSWER_WITHIN = 25000;
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 300000;
const LATER = 60000;

const BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export function newKey() {
  const time = [...Date.now().toString(32).padStart(10, "0")].map((digit) => parseInt(digit, 32));
  return [...time, ...crypto.getRandomValues(new Uint8Array(16))].map((number) => BASE32[number % 32]).join("");
}

export const entries = new Map();
const asked = new Map();
let tell = () => {};
let timer;
let pause = FIRST_PAUSE;

export const onChange = (act) => {
  tell = act;
};

export const isWaiting = (entry) => !entry.received && !entry.refused;

export async function loadQueue() {
  for (const entry of await all(SIGNED)) if (!entries.has(entry.key)) entries.set(entry.key, { ...entry, isKept: true });
  tell();
  flush();
}

export async function add(entry) {
  entries.set(entry.key, entry);
  entry.isKept = await put(SIGNED + entry.key, entry);
  tell();
}

export function drop(entry) {
  entries.delete(entry.key);
  tell();
  return remove(SIGNED + entry.key);
}

export async function flush() {
  clearTimeout(timer);
  for (const entry of [...entries.values()].filter(isWaiting)) await deliver(entry);
  if ([...entries.values()].some(isWaiting)) flushLater();
  else pause = FIRST_PAUSE;
}

export function flushLater() {
  clearTimeout(timer);
  timer = setTimeout(flush, pause);
  pause = Math.min(2 * pause, LONGEST_PAUSE);
}

// Returns it with what became of it: `received`, `refused`, or neither.
export function deliver(entry) {
  if (!asked.has(entry.key)) {
    asked.set(
      entry.key,
      send(entry).finally(() => asked.delete(entry.key)),
    );
    tell();
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
  tell();
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

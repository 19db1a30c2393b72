// The waiver's page. Without this script it can be read, and signed by typing.

import { fitChildren, forgetKnown, nextLink, joining, lookKnown, mark, missing, readLink, showChildren, unmark } from "./waiver/check.js";
import {
  byId, field, followLanguage, forgetToken, form, guessLanguage, isDirty, isKiosk, keepLanguage, kioskToken, pad, say, sent, valueOf,
} from "./waiver/form.js";
import * as kept from "./waiver/kept.js";

const ACTS = { adult: "declared_adult_at", consent: "consented_at", assent: "assented_at", authority: "declared_authority_at", orientation: "oriented_at" };
// After that the next person can sign, and the answer is told of in the list.
const PATIENCE = 6000;

const button = byId("submit");
let canDraw = false;
let kiosk;

function tell(what, kind = "") {
  byId("status").className = `status${kind && ` status--${kind}`}`;
  byId("status").textContent = what;
}

const isBusy = () => form.getAttribute("aria-busy") === "true";

function wait(isWaiting) {
  // Not `disabled`, which would take the focus away.
  button.setAttribute("aria-disabled", String(isWaiting));
  form.setAttribute("aria-busy", String(isWaiting));
}

function choose() {
  const isDrawn = canDraw && valueOf("method") === "drawn";
  byId("draw").hidden = !isDrawn;
  byId("type").hidden = isDrawn;
  if (isDrawn) pad.fit();
}

function initials() {
  for (const each of document.querySelectorAll(".initial__letters")) each.textContent = valueOf("initials");
}

function follow() {
  choose();
  initials();
  followLanguage();
}

function begin() {
  form.reset();
  unmark();
  for (const name of ["strokes", "acts", "key"]) field(name).value = "";
  field("method").value = canDraw ? "drawn" : "typed";
  byId("care").open = false;
  byId("replace").hidden = true;
  showChildren(1);
  pad.clear();
  forgetKnown();
  nextLink();
  kept.beginActs();
  tell("");
  guessLanguage(false);
  follow();
}

function beginAgain() {
  begin();
  scrollTo(0, 0);
  byId("top").focus({ preventScroll: true });
  // Its token has ended.
  if (isKiosk && !kioskToken()) kiosk.open().then(kept.flush);
}

function entry(more) {
  const key = field("key").value || kept.newKey();
  field("key").value = "";
  return { key, name: valueOf("name"), at: Date.now(), kiosk: kioskToken(), form: kept.taken(), ...more };
}

function submit(isReplacing = false) {
  if (isBusy()) return;
  const errors = missing();
  mark(errors);
  tell("");
  if (errors.length) return;
  kept.note("submitted_at");
  field("strokes").value = valueOf("method") === "drawn" ? JSON.stringify(pad.strokes()) : "";
  field("acts").value = kept.noted();
  const body = sent();
  if (isReplacing) body.push(["replace", "on"]);
  send(entry({ url: form.action, body }));
}

async function send(signed) {
  wait(true);
  kept.leaveOut(signed.key);
  await kept.add(signed);
  tell(`${say("sending")} ${signed.isKept ? say(isKiosk ? "kept_kiosk" : "kept") : say("not_kept")}`);
  if (signed.isKept) await kept.forgetDraft();
  await Promise.race([kept.deliver(signed), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  wait(false);
  if (signed.received) received(signed);
  else if (signed.refused) refused(signed);
  else waits(signed);
}

function received({ received: { reference, location: receipt } }) {
  const said = say("received", { reference });
  kept.forgetDraft();
  if (isKiosk || !receipt) {
    begin();
    kept.leaveOut("");
    if (isKiosk) kiosk.farewell(said, true, beginAgain);
    return;
  }
  tell(said, "received");
  // The next person finds nothing by going back.
  form.reset();
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  location.assign(receipt);
}

function waits({ isKept }) {
  const said = isKept ? say(isKiosk ? "kept_kiosk" : "kept") : say("not_kept");
  begin();
  kept.leaveOut("");
  kept.flushLater();
  if (isKiosk) return kiosk.farewell(said, false, beginAgain);
  scrollTo(0, 0);
  return byId("waiting").focus();
}

function refused(signed) {
  tell("");
  const { words: said, errors, reference } = signed.refused;
  kept.drop(signed);
  kept.keepDraft();
  mark(Object.entries(errors).map(([name, lines]) => [name, lines[0]]));
  byId("replace").hidden = !reference;
  if (!Object.keys(errors).length) tell(say("not_taken", { words: said }), "kept");
}

async function reopen(signed) {
  if (isBusy() || (isDirty() && !confirm(say("overwrite")))) return;
  if (isKiosk) {
    // It names someone.
    forgetToken();
    await kiosk.open();
  }
  begin();
  restore(signed.form);
  refused(signed);
  form.scrollIntoView();
}

function restore(draft) {
  kept.restoreDraft(draft);
  if (!canDraw) field("method").value = "typed";
  follow();
  pad.restore(draft.pad);
}

async function openPad(draft) {
  pad.later = draft?.pad;
  canDraw = await pad.open(() => {
    kept.note("signed_at");
    kept.keepDraft();
  });
  if (!canDraw) {
    field("method").value = "typed";
    return follow();
  }
  byId("methods").hidden = false;
  const before = draft?.values.find(([name]) => name === "method")?.[1];
  field("method").value = before ?? (valueOf("typed") ? "typed" : "drawn");
  follow();
  const strokes = field("strokes").value;
  return pad.restore(strokes ? { strokes: JSON.parse(strokes), start: Date.now() } : pad.later);
}

function noted({ name }) {
  if (name in ACTS) kept.note(ACTS[name]);
  if (name.startsWith("initial_")) kept.note(name);
  if (name === "typed") kept.note("signed_at");
  if (name === "language") keepLanguage();
}

function listen() {
  document.addEventListener("input", ({ target }) => {
    if (target.form !== form) return;
    noted(target);
    follow();
    kept.keepDraft();
    if (/^(name|birth_|signs_for)/.test(target.name)) lookKnown();
  });
  byId("clear").addEventListener("click", () => {
    pad.clear();
    kept.keepDraft();
  });
  byId("replace").addEventListener("click", () => submit(true));
  byId("join").addEventListener("click", () => isBusy() || send(entry(joining())));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((each) => each.isIntersecting)) return;
    kept.noteOnce("reached_end_at");
    observer.disconnect();
  }).observe(form);
  kept.onReopen(reopen);
}

async function start() {
  const isSentBack = Boolean(byId("errors"));
  guessLanguage(isSentBack);
  kept.beginActs();
  if (isKiosk) {
    form.reset();
    kiosk = await import("./waiver/kiosk.js");
    await kiosk.open();
    kiosk.watch(() => isBusy() || beginAgain());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }
  const draft = isSentBack ? null : await kept.findDraft();
  fitChildren(draft?.values ?? [...new FormData(form)]);
  if (draft) restore(draft);
  listen();
  follow();
  byId("errors")?.focus();
  kept.loadQueue();
  await openPad(draft);
  await readLink();
  lookKnown();
}

start();

// Log payment: one dialog for the board and the event sheet.
//
// The key of a payment is made before it is first sent and kept, with what was sent, until a definite answer comes:
// over a reload, a closed tab, a lost network. Sending it again with the same key counts nothing twice.

const METHODS = { cash: "cash", card: "card", check: "check", venmo: "Venmo", zelle: "Zelle", other: "other" };
const ANSWER_WITHIN = 20_000;
const SKELETON_AFTER = 300;
const DRAFT_LIVES = 24 * 60 * 60 * 1000;
const LOOK_ALIKE = 15 * 60 * 1000;
const MOST = 1_000_000;

const dialog = document.getElementById("log-payment");
const form = dialog.querySelector("form");
const user = dialog.dataset.user;

/** The part of the dialog that is named `name`. */
const part = (name) => dialog.querySelector(`[data-pay="${name}"]`);
const field = (name) => form.elements.namedItem(name);

// What the dialog is open for: the departure, the party it was opened from, what is known of them.
let now = null;

// ---- Money ------------------------------------------------------------------------------------------------------

function display(amount, currency) {
  const text = new Intl.NumberFormat("en-US", { style: "currency", currency }).format(amount);
  return text.replace(/\.00$/, "");
}

function signOf(currency) {
  const parts = new Intl.NumberFormat("en-US", { style: "currency", currency }).formatToParts(1);
  return parts.find((piece) => piece.type === "currency").value;
}

/** The amount as the API wants it, "125.00", or null when the text is none above `least`. */
function parsed(text, { zero = false } = {}) {
  const bare = text.trim().replace(/^[^\d.,-]+/, "");
  if (!/^\d{1,7}(\.\d{1,2})?$/.test(bare)) return null;
  const value = Number(bare);
  if (value > MOST || (value === 0 && !zero)) return null;
  return value.toFixed(2);
}

// ---- What is kept on this device --------------------------------------------------------------------------------

const PREFIX = `scc.payment.${user}.`;
const placeOf = (slug, patron) => `${PREFIX}${slug}.${patron || "any"}`;

function keep(asked, record) {
  const { slug, title, currency } = asked;
  localStorage.setItem(asked.place, JSON.stringify({ ...record, slug, title, currency, at: Date.now() }));
}

function kept(place) {
  const text = localStorage.getItem(place);
  const record = text ? JSON.parse(text) : null;
  if (record && record.state === "draft" && Date.now() - record.at > DRAFT_LIVES) {
    localStorage.removeItem(place);
    return null;
  }
  return record;
}

const placesKept = () => Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));

// Who signs out leaves no half-written names behind. What may have been logged stays until that is known.
document.querySelector('form[action$="/logout/"]').addEventListener("submit", () => {
  for (const place of placesKept()) {
    if (kept(place)?.state === "draft") localStorage.removeItem(place);
  }
});

/** A key of 128 random bits. randomUUID is missing where the page came over plain http from another machine. */
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ---- Opening ----------------------------------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-log-payment]")) {
  button.addEventListener("click", () => open(button.dataset));
}

function open(asked) {
  now = {
    slug: asked.logPayment,
    title: asked.title,
    when: asked.when,
    currency: asked.currency,
    eventBalance: Number(asked.balance || 0) / 100,
    place: placeOf(asked.logPayment, asked.patron),
    party: asked.patron
      ? { id: asked.patron, name: asked.name, balance: asked.owes, deposit: asked.deposit, email: "" }
      : null,
    opened: asked,
    parties: [],
    entries: [],
    record: null,
    // What was typed is not filled over.
    typed: new Set(),
  };
  form.reset();
  clearErrors();
  part("more").open = false;
  busy(false);
  part("where").textContent = [now.when, now.title].filter(Boolean).join(", ");
  part("sign").textContent = signOf(now.currency);
  show("form");
  showParty();
  showEntries();
  prefill();
  restore();
  dialog.showModal();
  read();
}

/** Fill in what was typed or sent before and has had no definite answer. */
function restore() {
  const record = kept(now.place);
  if (!record) {
    frozen(false);
    setState("");
    return;
  }
  now.record = record;
  now.party = record.party;
  for (const [name, value] of Object.entries(record.fields)) {
    field(name).value = value;
    now.typed.add(name);
  }
  part("more").open = ["reference", "note"].some((name) => record.fields[name]);
  showParty();
  if (record.state === "unknown") {
    unknown();
  } else {
    frozen(false);
    setState("Not sent yet");
  }
}

async function moneyOf(slug) {
  const answer = await fetch(`/dispatch/${slug}/money/`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/** Read the manifest's money. The dialog can be used meanwhile, and without it. */
async function read() {
  const { slug } = now;
  const reading = setTimeout(() => (part("reading").hidden = false), SKELETON_AFTER);
  try {
    const money = await moneyOf(slug);
    if (now.slug !== slug) return;
    now.parties = money.parties;
    now.entries = money.entries;
    if (now.party) now.party = now.parties.find((party) => party.id === now.party.id) || now.party;
    showParty();
    showEntries();
    showParties();
    prefill();
    showAlike();
  } catch {
    if (now.slug !== slug) return;
    document.getElementById("pay-name-hint").textContent =
      "The manifest could not be read. A payment can be logged all the same: write the patron's name.";
  } finally {
    clearTimeout(reading);
    part("reading").hidden = true;
  }
}

// ---- Showing ----------------------------------------------------------------------------------------------------

function show(which) {
  part("body").hidden = part("sending").hidden = which !== "form";
  part("result").hidden = part("ending").hidden = which !== "result";
  part("title").textContent = which === "form" ? "Log payment" : "Payment logged";
}

function setState(words, shade = "") {
  part("state").textContent = words;
  part("state").className = shade ? `pay__state pay__state--${shade}` : "pay__state";
}

function frozen(is) {
  part("fields").disabled = is;
}

function showParty() {
  const { party } = now;
  part("chosen").hidden = !party;
  part("choosing").hidden = Boolean(party);
  if (!party) return;
  part("party").textContent = party.name;
  const balance = Number(party.balance);
  const size = party.size > 1 ? `party of ${party.size}, ` : "";
  part("standing").textContent = size + owed(balance);
}

function owed(balance) {
  if (balance < 0) return `${display(balance, now.currency)} credit`;
  return balance ? `${display(balance, now.currency)} to pay` : "nothing to pay";
}

/** The parties, those who owe first, and those alone whose name has what is typed. */
function showParties() {
  const typed = fold(field("patron_name").value);
  const fits = now.parties.filter((party) => fold(party.name).includes(typed));
  fits.sort((a, b) => (Number(b.balance) > 0) - (Number(a.balance) > 0));
  part("parties").replaceChildren(...fits.map(partyChoice));
  const hint = now.parties.length ? "Choose a party, or write a name." : "Nobody is on the manifest yet: write the patron's name.";
  document.getElementById("pay-name-hint").textContent = hint;
}

function partyChoice(party) {
  const label = made("label", "party");
  const radio = made("input");
  Object.assign(radio, { type: "radio", name: "party", value: party.id });
  radio.addEventListener("click", () => choose(party));
  const name = made("span", "party__name", party.name);
  if (party.size > 1) name.append(made("span", "party__size", `party of ${party.size}`));
  const balance = Number(party.balance);
  const owes = made("span", balance > 0 ? "num party__owes party__owes--some" : "num party__owes", owed(balance));
  label.append(radio, name, owes);
  return label;
}

function choose(party) {
  now.party = party;
  clearErrors();
  showParty();
  showEntries();
  prefill();
  changed();
  (field("method").value ? part("submit") : document.getElementById("pay-method")).focus();
}

part("change").addEventListener("click", () => {
  now.party = null;
  showParty();
  showDeposit();
  showEntries();
  showParties();
  field("patron_name").focus();
});

/** The last three entries of the party, or of the departure while none is chosen. */
function showEntries() {
  const mine = now.party ? now.entries.filter((entry) => isOf(entry, now.party)) : [];
  const lines = mine.slice(0, 3).map((entry) => {
    const line = made("li");
    line.append(
      made("span", "", `${entry.what}, ${entry.when}${entry.voided ? " (void)" : ""}`),
      made("span", entry.voided ? "num void" : "num", entry.shown),
    );
    return line;
  });
  part("entries").replaceChildren(...lines);
  part("entries").hidden = !lines.length;
}

const isOf = (entry, party) => (entry.patron_id ? entry.patron_id === party.id : fold(entry.patron_name) === fold(party.name));

/** The amount is the balance, and the receipt goes where the party said. */
function prefill() {
  const balance = now.party ? Number(now.party.balance) : now.parties.length ? 0 : now.eventBalance;
  if (!now.typed.has("amount")) field("amount").value = balance > 0 ? balance.toFixed(2) : "";
  if (!now.typed.has("patron_email")) field("patron_email").value = (now.party && now.party.email) || "";
  showDeposit();
  showReceipt();
  showSubmit();
}

/** A deposit that is due is one touch away; the amount is the whole balance until then. */
function showDeposit() {
  const deposit = Number(now.party?.deposit || 0);
  part("deposit-line").hidden = !deposit || deposit >= Number(now.party.balance);
  part("deposit").textContent = `Deposit due: ${display(deposit, now.currency)}`;
}

part("deposit").addEventListener("click", () => {
  now.typed.add("amount");
  field("amount").value = Number(now.party.deposit).toFixed(2);
  changed();
});

function showReceipt() {
  const to = field("patron_email").value.trim();
  part("receipt").textContent = to ? `receipt to ${to}` : "no receipt";
}

const isUnknown = () => now.record?.state === "unknown";

function showSubmit() {
  if (isUnknown()) return;
  const amount = parsed(field("amount").value);
  const tip = parsed(field("tip").value);
  const method = field("method").value;
  let words = amount ? `Log ${display(amount, now.currency)}` : "Log payment";
  if (amount && method) words += ` ${METHODS[method]}`;
  if (amount && tip) words += ` and ${display(tip, now.currency)} tip`;
  part("submit").textContent = words;
}

/** Point at a payment that looks the same and is minutes old. It may be another one: nothing is blocked. */
function showAlike() {
  const amount = parsed(field("amount").value);
  const who = now.party || { name: field("patron_name").value };
  const twin = now.entries.find(
    (entry) =>
      entry.kind === "payment" &&
      !entry.voided &&
      isOf(entry, who) &&
      entry.amount === amount &&
      entry.method === field("method").value &&
      Date.now() - Date.parse(entry.logged_at) < LOOK_ALIKE,
  );
  part("alike").hidden = !twin || isUnknown();
  if (!twin) return;
  const minutes = Math.max(Math.round((Date.now() - Date.parse(twin.logged_at)) / 60_000), 1);
  const ago = minutes === 1 ? "a minute ago" : `${minutes} minutes ago`;
  const paid = `${twin.patron_name} already paid ${display(amount, now.currency)} ${METHODS[twin.method]} ${ago}`;
  part("alike").textContent = `${paid}, reference ${twin.reference}. Log it only if this is another payment.`;
}

function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** A name without case and accents, as the server compares them. */
function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim().replace(/\s+/g, " ");
}

// ---- Typing -----------------------------------------------------------------------------------------------------

function fields() {
  const names = ["patron_name", "amount", "method", "tip", "reference", "note", "patron_email"];
  return Object.fromEntries(names.map((name) => [name, field(name).value]));
}

function changed() {
  showSubmit();
  showReceipt();
  showAlike();
  keep(now, { state: "draft", key: null, body: null, party: now.party, fields: fields() });
  setState("Not sent yet");
}

form.addEventListener("input", (event) => {
  if (event.target.name === "party") return;
  now.typed.add(event.target.name);
  if (event.target.name === "patron_name") showParties();
  changed();
});

field("amount").addEventListener("focus", () => field("amount").select());

// ---- Errors -----------------------------------------------------------------------------------------------------

const LABELS = {
  patron_name: ["pay-name", "Who paid"],
  amount: ["pay-amount", "Amount"],
  method: ["pay-method", "Method"],
  tip: ["pay-tip", "Tip"],
  reference: ["pay-reference", "Reference"],
  note: ["pay-note", "Note"],
  patron_email: ["pay-email", "Receipt by e-mail"],
};

function clearErrors() {
  part("errors").hidden = true;
  for (const box of form.querySelectorAll(".field--bad")) box.classList.remove("field--bad");
  for (const words of form.querySelectorAll(".field__error")) words.hidden = true;
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}

/** Say what is wrong, above the form and beside each field. `errors` is {field: [text]}. */
function showErrors(title, errors = {}) {
  clearErrors();
  const links = Object.entries(errors).map(([name, texts]) => errorLine(name, texts));
  part("errors-title").textContent = title;
  part("errors").querySelector("ul").replaceChildren(...links);
  part("errors").hidden = false;
  part("errors").focus();
  part("body").scrollTop = 0;
}

function errorLine(name, texts) {
  const line = made("li");
  const words = texts.join(" ");
  if (!(name in LABELS)) {
    line.textContent = words;
    return line;
  }
  const [id, label] = LABELS[name];
  const link = made("a", "", words.startsWith(label) ? words : `${label}: ${words}`);
  link.href = `#${id}`;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(id).focus();
  });
  line.append(link);
  const box = form.querySelector(`[data-field="${name}"]`);
  box.classList.add("field--bad");
  const beside = box.querySelector(".field__error");
  beside.textContent = words;
  beside.hidden = false;
  document.getElementById(id).setAttribute("aria-invalid", "true");
  if (box.closest("details")) part("more").open = true;
  return line;
}

function faults() {
  const found = {};
  if (!now.party && !field("patron_name").value.trim()) found.patron_name = ["Choose a party, or write the patron's name."];
  if (!parsed(field("amount").value)) found.amount = ["Enter an amount above zero, such as 125.00."];
  if (!field("method").value) found.method = ["Choose how it was paid."];
  const tip = field("tip").value.trim();
  if (tip && parsed(tip, { zero: true }) === null) found.tip = ["Enter a tip such as 20.00, or leave it empty."];
  return found;
}

// ---- Sending ----------------------------------------------------------------------------------------------------

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (part("submit").getAttribute("aria-disabled") === "true") return;
  clearErrors();
  if (isUnknown()) {
    send(now.record);
    return;
  }
  const found = faults();
  if (Object.keys(found).length) {
    showErrors("Not sent yet. Look at this first:", found);
    return;
  }
  if (!navigator.onLine) {
    setState("Not sent yet: this device is offline", "warn");
    return;
  }
  send({ key: newKey(), body: body(), party: now.party, fields: fields() });
});

function body() {
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

async function send(record) {
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

/** Post and return {status, replayed, data}; status 0 when there is no answer. */
async function post(slug, { key, body }) {
  try {
    const response = await fetch(`/api/g/${slug}/payment`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": csrfToken(),
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

/** The token of the newest sign-in: another tab may have signed in since this page was made. */
function csrfToken() {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  return cookie ? cookie.slice("csrftoken=".length) : form.elements.csrfmiddlewaretoken.value;
}

function busy(is) {
  part("submit").setAttribute("aria-disabled", String(is));
}

function settle(asked, { status, replayed, data }, { shown, again }) {
  if (status === 200 || status === 201) {
    localStorage.removeItem(asked.place);
    asked.record = null;
    if (shown) showLogged(data, replayed);
    showTotals(asked.slug, data.totals, data.payment.currency);
    showLedgerRow(asked.slug, data.payment);
    refreshParties(asked.slug);
  } else if (status >= 400 && status < 500 && !(again && unheard(status, data))) {
    const { party, fields } = asked.record;
    asked.record = null;
    keep(asked, { state: "draft", key: null, body: null, party, fields });
    if (shown) showRefusal(status, data);
  } else if (shown) {
    unknown();
    const why = unheard(status, data);
    if (why) showErrors(`Still not known whether it was logged: ${why}`);
  }
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

/** A definite no: nothing was counted, and what was typed stays. */
function showRefusal(status, data) {
  frozen(false);
  showSubmit();
  setState("Not logged", "warn");
  const why = unheard(status, data);
  const title = why ? `Not logged: ${why}` : ["Not logged.", data.detail].filter(Boolean).join(" ");
  showErrors(title, data.errors || {});
}

/** No answer, or none that says whether it is stored. Only the same request may be sent now. */
function unknown() {
  frozen(true);
  setState("Not known whether it was logged: send again (nothing can be counted twice)", "warn");
  part("submit").textContent = "Send again";
  part("alike").hidden = true;
}

function showLogged({ reference, payment, totals }, replayed) {
  const amount = display(payment.amount, payment.currency);
  const tip = Number(payment.tip) ? ` and ${display(payment.tip, payment.currency)} tip` : "";
  part("reference").textContent = reference;
  part("what").textContent = `${amount} ${METHODS[payment.method]}${tip}, from ${payment.patron_name}`;
  const left = Number(totals.balance);
  part("after").textContent =
    `${display(totals.net, payment.currency)} of ${display(totals.due, payment.currency)} paid for this departure, ` +
    `${display(left, payment.currency)} ${left < 0 ? "credit" : "to pay"}`;
  part("again").hidden = !replayed;
  part("alike").hidden = true;
  setState("");
  show("result");
  part("done").focus();
}

// ---- After: the page behind the dialog --------------------------------------------------------------------------

const boxesOf = (slug) => document.querySelectorAll(`[data-event="${CSS.escape(slug)}"]`);

function showTotals(slug, totals, currency) {
  for (const box of boxesOf(slug)) {
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
  for (const button of document.querySelectorAll(`[data-log-payment="${CSS.escape(slug)}"][data-balance]`)) {
    button.dataset.balance = String(Math.round(Number(totals.balance) * 100));
  }
}

function put(box, name, text) {
  for (const element of box.querySelectorAll(`[data-figure="${name}"]:not(progress)`)) element.textContent = text;
}

function showLedgerRow(slug, payment) {
  const rows = document.querySelector(`[data-event="${CSS.escape(slug)}"] [data-ledger]`);
  if (!rows || document.getElementById(`entry-${payment.reference}`)) return;
  const row = document.querySelector("[data-ledger-row]").content.firstElementChild.cloneNode(true);
  row.id = `entry-${payment.reference}`;
  const method = METHODS[payment.method];
  const texts = {
    name: payment.patron_name,
    what: method[0].toUpperCase() + method.slice(1),
    when: "Just now",
    reference: payment.reference,
    by: payment.logged_by === user ? dialog.dataset.name : payment.logged_by,
    notes: [payment.external_reference && `, ${payment.external_reference}`, payment.note && `. ${payment.note}`].filter(Boolean).join(""),
    amount: display(payment.amount, payment.currency),
    tip: Number(payment.tip) ? `and ${display(payment.tip, payment.currency)} tip` : "",
  };
  for (const cell of row.querySelectorAll("[data-entry]")) cell.textContent = texts[cell.dataset.entry];
  rows.prepend(row);
  rows.closest("table").hidden = false;
  document.querySelector("[data-ledger-empty]").hidden = true;
}

/** What each party now owes, as the server counts it. */
async function refreshParties(slug) {
  const rows = document.querySelectorAll(`[data-event="${CSS.escape(slug)}"] [data-party]`);
  if (!document.querySelector(`[data-event="${CSS.escape(slug)}"] [data-tips]`)) return;
  let money;
  try {
    money = await moneyOf(slug);
  } catch {
    part("after").textContent += ". The manifest behind could not be read again: load the page.";
    return;
  }
  const parties = new Map(money.parties.map((party) => [party.id, party]));
  for (const row of rows) showPartyRow(row, parties.get(row.dataset.party));
  showTips(document.querySelector(`[data-event="${CSS.escape(slug)}"] [data-tips]`), money.tips);
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

/** Payments of earlier pages whose answer never came, each on its departure or above the page. */
function showPending() {
  for (const note of document.querySelectorAll("[data-pending], [data-pending-elsewhere]")) {
    note.replaceChildren();
    note.hidden = true;
  }
  for (const place of placesKept()) {
    const record = kept(place);
    if (record && record.state === "unknown") showPendingOne(place, record);
  }
}

function showPendingOne(place, record) {
  const note = document.querySelector(`[data-event="${CSS.escape(record.slug)}"] [data-pending]`);
  const box = made("div", "pending notice notice--warn");
  const sum = display(record.body.amount, record.currency);
  const words = `${sum} ${METHODS[record.body.method]} from ${record.body.patron_name}: not known whether it was logged.`;
  box.append(made("p", "", words));
  const patron = place.slice(placeOf(record.slug, "").length - "any".length);
  if (note) {
    const button = made("button", "button button--quiet", "Send again");
    button.type = "button";
    button.addEventListener("click", () => openAgain(record, patron));
    box.append(button);
    note.append(box);
    note.hidden = false;
    return;
  }
  const link = made("a", "button button--quiet", `To ${record.title}`);
  link.href = `/dispatch/${record.slug}/`;
  box.append(link);
  const above = document.querySelector("[data-pending-elsewhere]");
  above.append(box);
  above.hidden = false;
}

function openAgain(record, patron) {
  const buttons = [...document.querySelectorAll(`[data-log-payment="${CSS.escape(record.slug)}"]`)];
  const asked = buttons.find((button) => (button.dataset.patron || "any") === patron) || buttons[0];
  open({ ...asked.dataset, patron: patron === "any" ? "" : patron, name: record.body.patron_name });
  send(record);
}

// ---- Closing ----------------------------------------------------------------------------------------------------

part("close").addEventListener("click", () => dialog.close());
part("done").addEventListener("click", () => dialog.close());
part("another").addEventListener("click", () => open({ ...now.opened, patron: "", name: "" }));
dialog.addEventListener("click", (event) => {
  // Outside the form is the backdrop. What was typed is kept, so a touch there loses nothing.
  if (event.target === dialog) dialog.close();
});
dialog.addEventListener("close", showPending);

showPending();

// The waiver's page: the pad, the signer's acts with their times, and a draft that stays on the phone until the server
// has answered. Without this script the page can be read, and signed by typing.

const form = document.getElementById("sign");
const field = (name) => form.elements.namedItem(name);
const DRAFT = `scc-waiver ${form.getAttribute("action")}`;
// A draft holds a name and a date of birth; who has not sent it in a day begins anew.
const DRAFT_LASTS = 24 * 60 * 60 * 1000;
const ANSWER_WITHIN = 25000;
const TEXTS = ["name", "birth_month", "birth_day", "birth_year", "email", "phone", "typed"];
const TICKS = { adult: "declared_adult_at", consent: "consented_at", assent: "assented_at" };
// The same numbers as in waivers/strokes.py.
const UNITS = 10000;
const FEWEST_POINTS = 5;
const SHORTEST_PATH = 1400;
const STRAIGHTEST = 0.02;
const MOST_POINTS = 6000;
const FARTHEST = 100000;

const BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function ulid() {
  let time = Date.now();
  let key = "";
  for (let place = 0; place < 10; place += 1) {
    key = BASE32[time % 32] + key;
    time = Math.floor(time / 32);
  }
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) key += BASE32[byte % 32];
  return key;
}

const person = () => ["name", "birth_month", "birth_day", "birth_year"].map((name) => field(name).value.trim()).join("|");

// The draft

function stored() {
  try {
    const draft = JSON.parse(localStorage.getItem(DRAFT));
    if (draft && Date.now() - draft.at < DRAFT_LASTS) return draft;
    localStorage.removeItem(DRAFT);
  } catch {
    // Storage is switched off, or holds something else: the page works without a draft.
  }
  return null;
}

const draft = { key: "", sentBy: "", acts: {}, pad: null, ...stored() };
if (field("key").value) draft.key = field("key").value;

function keep() {
  draft.at = Date.now();
  draft.values = Object.fromEntries(TEXTS.map((name) => [name, field(name).value]));
  draft.ticks = Object.keys(TICKS).filter((name) => field(name).checked);
  draft.role = field("role").value;
  draft.method = field("method").value;
  draft.pad = pad.kept();
  try {
    localStorage.setItem(DRAFT, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

function forget() {
  try {
    localStorage.removeItem(DRAFT);
  } catch {
    // As above.
  }
}

function refill() {
  // What the server sent back is what was typed last.
  if (!draft.values || field("name").value) return;
  for (const name of TEXTS) field(name).value = draft.values[name] ?? "";
  for (const name of Object.keys(TICKS)) field(name).checked = (draft.ticks ?? []).includes(name);
  field("role").value = draft.role;
  if (draft.method) field("method").value = draft.method;
}

const now = () => new Date().toISOString();

function note(act) {
  draft.acts[act] = now();
}

// The pad. Its ink is kept in units of the width that it was first drawn at, and scaled so that all of it stays in
// sight when the phone is turned. Scrolling and the browser's own bars change the height only, and change nothing.

const pad = {
  ink: null,
  scale: 1,
  base: 0,
  width: 0,

  async open() {
    const canvas = form.querySelector("canvas");
    if (!canvas.getContext?.("2d")) return false;
    try {
      const { default: SignaturePad } = await import(new URL(form.dataset.pad, document.baseURI));
      document.getElementById("draw").hidden = false;
      if (!canvas.offsetWidth) return false;
      this.ink = new SignaturePad(canvas, { penColor: "#0a1f36", minWidth: 0.8, maxWidth: 2.6 });
    } catch {
      return false;
    } finally {
      document.getElementById("draw").hidden = true;
    }
    this.canvas = canvas;
    this.ink.addEventListener("endStroke", () => {
      note("signed_at");
      keep();
    });
    new ResizeObserver(() => this.fit()).observe(canvas.parentElement);
    return true;
  },

  fit() {
    const { offsetWidth: width, offsetHeight: height } = this.canvas;
    if (!width || width === this.width) return;
    if (!this.base) this.base = width;
    const data = this.ink.toData();
    const points = data.flatMap((group) => group.points);
    const right = Math.max(this.base, ...points.map((point) => point.x / this.scale));
    const bottom = Math.max(1, ...points.map((point) => point.y / this.scale));
    const scale = Math.min(1, width / right, height / bottom);
    const change = scale / this.scale;
    for (const point of points) {
      point.x *= change;
      point.y *= change;
    }
    const sharp = Math.max(window.devicePixelRatio || 1, 1);
    this.canvas.width = width * sharp;
    this.canvas.height = height * sharp;
    this.canvas.getContext("2d").scale(sharp, sharp);
    this.scale = scale;
    this.width = width;
    this.ink.clear();
    this.ink.fromData(data);
  },

  strokes() {
    if (!this.ink) return [];
    const groups = this.ink.toData().filter((group) => group.points.length);
    if (!groups.length) return [];
    const start = groups[0].points[0].time;
    const unit = UNITS / (this.base * this.scale);
    const whole = (number) => Math.max(-FARTHEST, Math.min(FARTHEST, Math.round(number)));
    return groups.map((group) =>
      group.points.map((point) => [
        whole(point.x * unit),
        whole(point.y * unit),
        Math.max(0, Math.round(point.time - start)),
      ]),
    );
  },

  kept() {
    const strokes = this.strokes();
    return strokes.length ? { strokes, start: this.ink.toData()[0].points[0].time } : null;
  },

  restore({ strokes, start }) {
    if (!this.ink || !this.base) return;
    const unit = (this.base * this.scale) / UNITS;
    this.ink.fromData(
      strokes.map((line) => ({
        penColor: "#0a1f36",
        minWidth: 0.8,
        maxWidth: 2.6,
        dotSize: 0,
        velocityFilterWeight: 0.7,
        points: line.map(([x, y, t]) => ({ x: x * unit, y: y * unit, time: start + t, pressure: 0 })),
      })),
    );
    this.width = 0;
    this.fit();
  },

  clear() {
    this.ink?.clear();
    this.scale = 1;
    this.base = this.canvas.offsetWidth;
    keep();
  },
};

function spread(points) {
  const mean = (place) => points.reduce((sum, point) => sum + point[place], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [xx, yy, xy] = [0, 0, 0];
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    yy += (y - meanY) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  const middle = (xx + yy) / 2;
  const reach = Math.hypot((xx - yy) / 2, xy);
  return middle + reach ? Math.sqrt(Math.max(0, middle - reach) / (middle + reach)) : 0;
}

function judge(strokes) {
  const points = strokes.flat();
  if (!points.length) return "Sign in the box with your finger, or choose to type your name.";
  if (points.length > MOST_POINTS) return "The drawing is too long to keep. Clear it and sign with fewer strokes.";
  let path = 0;
  for (const line of strokes) {
    line.slice(1).forEach(([x, y], place) => {
      path += Math.hypot(x - line[place][0], y - line[place][1]);
    });
  }
  if (points.length < FEWEST_POINTS || path < SHORTEST_PATH) {
    return "This is too short for a signature. Sign with your full name.";
  }
  return spread(points) < STRAIGHTEST ? "A straight line is not a signature. Sign with your full name." : "";
}

// What the signer sees

const status = document.getElementById("status");
const button = document.getElementById("submit");

function say(words, kind = "") {
  status.className = `status${kind && ` status--${kind}`}`;
  status.textContent = words;
}

function wait(isWaiting) {
  // Not `disabled`, which would take the focus away.
  button.setAttribute("aria-disabled", String(isWaiting));
  form.setAttribute("aria-busy", String(isWaiting));
}

const PLACES = { birth_date: "birth_month", strokes: "draw", text: "sign", key: "sign" };

function place(name) {
  return document.getElementById(PLACES[name] ?? name) ?? form;
}

function unmark() {
  document.getElementById("errors")?.remove();
  for (const error of form.querySelectorAll(".field__error")) error.remove();
  for (const bad of form.querySelectorAll(".field--bad")) bad.classList.remove("field--bad");
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && !id.endsWith("-error"));
    if (described.length) input.setAttribute("aria-describedby", described.join(" "));
    else input.removeAttribute("aria-describedby");
  }
}

function mark(errors) {
  unmark();
  const summary = document.getElementById("not-sent");
  const list = summary.querySelector("ul");
  list.replaceChildren();
  for (const [name, words] of errors) {
    const link = document.createElement("a");
    link.href = `#${place(name).id}`;
    link.textContent = words;
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
    markField(name, words);
  }
  summary.hidden = !errors.length;
  if (errors.length) summary.focus();
}

function markField(name, words) {
  const input = place(name);
  const box = input.closest("fieldset.field, .field");
  if (!box) return;
  box.classList.add("field--bad");
  const error = document.createElement("p");
  error.className = "field__error";
  error.id = `${name}-error`;
  error.textContent = words;
  const before = [...box.children].find((child) => child.matches("input, .born, .choice, .choices, .ink"));
  box.insertBefore(error, before ?? null);
  if (input.matches("input")) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") ?? ""} ${error.id}`.trim());
  }
}

function choose() {
  const drawn = field("method").value === "drawn";
  document.getElementById("draw").hidden = !drawn;
  document.getElementById("type").hidden = drawn;
  if (drawn) pad.fit();
}

// Sending. The key is made once and kept with the draft, so that a lost answer is asked for again, and counts once.
// Someone else on the same phone gets a key of their own.

function makeKey() {
  if (!draft.key || (draft.sentBy && draft.sentBy !== person())) draft.key = ulid();
  draft.sentBy = person();
  field("key").value = draft.key;
}

function fill() {
  note("submitted_at");
  const drawn = field("method").value === "drawn";
  field("strokes").value = drawn ? JSON.stringify(pad.strokes()) : "";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  field("acts").value = JSON.stringify({ ...draft.acts, ...(zone && { zone }) });
}

function missing() {
  const errors = [];
  if (!field("name").value.trim()) errors.push(["name", "Enter your full legal name."]);
  if (!["birth_month", "birth_day", "birth_year"].every((name) => field(name).value.trim())) {
    errors.push(["birth_date", "Enter your date of birth."]);
  }
  if (!field("adult").checked) {
    errors.push(["adult", "Tick that you are 18 or older. If you are not, ask the crew for the guardian's form."]);
  }
  if (!field("consent").checked) {
    errors.push(["consent", "Tick that you agree to sign electronically, or ask the crew for paper."]);
  }
  if (field("method").value === "drawn") {
    const wrong = judge(pad.strokes());
    if (wrong) errors.push(["strokes", wrong]);
  } else if (!field("typed").value.trim()) {
    errors.push(["typed", "Type your full name as your signature."]);
  }
  if (!field("assent").checked) errors.push(["assent", "Tick that you have read the waiver and agree to it."]);
  return errors;
}

async function send() {
  return fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(new FormData(form)),
    credentials: "same-origin",
    // Safari before 16 has none, and gives up by itself.
    signal: AbortSignal.timeout?.(ANSWER_WITHIN),
  });
}

const KEPT = "Not sent yet. What you entered is kept on this phone.";
const NOT_KEPT = "Not sent yet. Stay on this page.";

async function submit() {
  if (form.getAttribute("aria-busy") === "true") return;
  const errors = missing();
  mark(errors);
  if (errors.length) {
    say("");
    return;
  }
  makeKey();
  fill();
  const kept = keep() ? KEPT : NOT_KEPT;
  wait(true);
  say("Sending");
  try {
    const response = await send();
    await answered(response, kept);
  } catch {
    say(`${kept} No answer came: check the signal and press the button again. It counts once.`, "kept");
  } finally {
    wait(false);
  }
}

async function answered(response, kept) {
  const body = await response.json().catch(() => ({}));
  if (response.ok && body.reference) {
    forget();
    say(`Received, reference ${body.reference}`, "received");
    // The next person on this phone finds nothing of this one by going back.
    form.reset();
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    location.assign(response.headers.get("Location"));
    return;
  }
  if (response.status === 409) {
    // The key is someone else's by now; the next try has a new one.
    draft.key = "";
  }
  if (response.status === 422 && body.errors) {
    say("");
    mark(Object.entries(body.errors).map(([name, words]) => [name, words[0]]));
    return;
  }
  say(body.detail ? `Not sent yet. ${body.detail}` : `${kept} Press the button again in a moment. It counts once.`, "kept");
}

async function start() {
  draft.acts.opened_at ??= now();
  const canDraw = await pad.open();
  refill();
  if (canDraw) {
    document.getElementById("methods").hidden = false;
    // Drawn unless typed was chosen here, or signed that way before.
    if (draft.method !== "typed" && !field("typed").value) field("method").value = "drawn";
  }
  if (!canDraw) field("method").value = "typed";
  choose();
  const sentBack = field("strokes").value ? { strokes: JSON.parse(field("strokes").value), start: Date.now() } : null;
  const ink = sentBack ?? draft.pad;
  if (canDraw && ink) pad.restore(ink);
  if (draft.sentBy) say(KEPT, "kept");

  form.addEventListener("input", (event) => {
    if (event.target.name in TICKS) note(TICKS[event.target.name]);
    if (event.target.name === "method") choose();
    if (event.target.name === "typed") note("signed_at");
    keep();
  });
  document.getElementById("clear").addEventListener("click", () => pad.clear());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    draft.acts.reached_end_at ??= now();
    observer.disconnect();
  }).observe(form);
  document.getElementById("errors")?.focus();
}

start();

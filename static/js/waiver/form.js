// The form: its fields, its language, its pad.

export function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);
export const form = byId("sign");
export const field = (name) => form.elements.namedItem(name);
export const valueOf = (name) => String(new FormData(form).get(name) ?? "").trim();
export const isSeen = (element) => element.getClientRects().length > 0;

const isOurs = (name) => /^(text|key$|strokes$|acts$)/.test(name);

export function filled() {
  return {
    values: [...new FormData(form)].filter(([name]) => !isOurs(name)),
    ticks: [...form.elements].filter((each) => each.type === "checkbox" && each.checked).map((each) => each.id),
  };
}

export function fill({ values, ticks }) {
  for (const [name, value] of values) {
    for (const each of form.elements) {
      if (each.name !== name || each.type === "checkbox") continue;
      if (each.type === "radio") each.checked = each.value === value;
      else each.value = value;
    }
  }
  for (const each of form.elements) if (each.type === "checkbox") each.checked = ticks.includes(each.id);
}

// Of the ticks in the text only those that the signer sees.
export function sent() {
  const data = new FormData(form);
  for (const name of new Set(data.keys())) {
    if (!name.startsWith("initial_")) continue;
    data.delete(name);
    if (seenTick(name)?.checked) data.append(name, "on");
  }
  return [...data];
}

export const seenTick = (name) => [...form.elements].find((each) => each.name === name && isSeen(each));
export const seenInitials = () => [...form.elements].filter((each) => each.name.startsWith("initial_") && isSeen(each));
export const isDirty = () => Boolean(valueOf("name"));

const TITLE = document.title.replace(/^.*?: /, "");
const WORDS = JSON.parse(byId("words").textContent);
const LANGUAGE = "scc-language";

const languages = Object.keys(WORDS);
export const language = () => (valueOf("language") in WORDS ? valueOf("language") : languages[0]);

export function say(name, values = {}, spoken = language()) {
  return WORDS[spoken][name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

// By the address (#es), what was chosen here before, the browser.
export function guessLanguage(isSentBack) {
  const wanted = [location.hash.slice(1), remembered(), ...navigator.languages.map((each) => each.split("-")[0])];
  const found = wanted.find((each) => each && each in WORDS);
  if (found && !isSentBack && languages.length > 1) field("language").value = found;
  followLanguage();
}

export function followLanguage() {
  document.documentElement.lang = language();
  document.title = `${byId("top").innerText}: ${TITLE}`;
}

export function keepLanguage() {
  followLanguage();
  try {
    localStorage.setItem(LANGUAGE, language());
  } catch {}
}

function remembered() {
  try {
    return localStorage.getItem(LANGUAGE);
  } catch {
    return null;
  }
}

export const day = (iso) =>
  new Date(`${iso}T12:00:00`).toLocaleDateString(language(), { day: "numeric", month: "long", year: "numeric" });

// A device that many sign on: see kiosk.js.

const TOKEN = "scc-kiosk";

export const isKiosk = new URLSearchParams(location.search).has("kiosk");
export const keepToken = (answer) => sessionStorage.setItem(TOKEN, JSON.stringify(answer));
export const forgetToken = () => sessionStorage.removeItem(TOKEN);

export function kioskToken() {
  const kept = isKiosk && JSON.parse(sessionStorage.getItem(TOKEN));
  return kept && Date.parse(kept.expires_at) > Date.now() ? kept.token : "";
}

// The pad. Its ink is scaled with the width, so that all stays in sight when the phone is turned.

const UNITS = 10000;
const FARTHEST = 100000;
const PALM = 70;
const PEN = { penColor: "#0a1f36", minWidth: 0.8, maxWidth: 2.6 };

export const pad = {
  ink: null,
  // To be drawn again, once there is ink.
  later: null,
  scale: 1,
  base: 0,
  width: 0,

  async open(onStroke) {
    const canvas = form.querySelector("canvas");
    if (!draws(canvas)) return false;
    try {
      const { default: SignaturePad } = await import(new URL(form.dataset.pad, document.baseURI));
      byId("draw").hidden = false;
      if (!canvas.offsetWidth) return false;
      this.ink = new SignaturePad(canvas, PEN);
    } catch {
      return false;
    } finally {
      byId("draw").hidden = true;
    }
    this.canvas = canvas;
    this.watch(canvas.parentElement, onStroke);
    this.ink.addEventListener("endStroke", onStroke);
    new ResizeObserver(() => this.fit()).observe(canvas.parentElement);
    return true;
  },

  // The library draws with the first of several fingers, and with a palm.
  watch(box, onStroke) {
    const down = new Set();
    let [before, isSpoilt] = [];
    const start = (event) => {
      if (Math.max(event.width, event.height) > PALM) return event.stopPropagation();
      if (!down.size) [before, isSpoilt] = [this.ink.toData().length, false];
      isSpoilt ||= down.add(event.pointerId).size > 1;
    };
    const end = ({ pointerId }) => {
      if (!down.delete(pointerId) || down.size || !isSpoilt) return;
      // Once the library is done with it.
      setTimeout(() => {
        this.ink.fromData(this.ink.toData().slice(0, before));
        onStroke();
      });
    };
    box.addEventListener("pointerdown", start, true);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
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
    const groups = this.ink?.toData().filter((group) => group.points.length) ?? [];
    if (!groups.length) return [];
    const start = groups[0].points[0].time;
    const unit = UNITS / (this.base * this.scale);
    const whole = (number) => Math.max(-FARTHEST, Math.min(FARTHEST, Math.round(number)));
    const of = (point) => [whole(point.x * unit), whole(point.y * unit), Math.max(0, Math.round(point.time - start))];
    return groups.map((group) => group.points.map(of));
  },

  kept() {
    const strokes = this.strokes();
    if (!this.ink) return this.later;
    return strokes.length ? { strokes, start: this.ink.toData()[0].points[0].time } : null;
  },

  restore(kept) {
    if (!kept || !this.ink || !this.base) return;
    const unit = (this.base * this.scale) / UNITS;
    const of = ([x, y, t]) => ({ x: x * unit, y: y * unit, time: kept.start + t, pressure: 0 });
    this.ink.fromData(
      kept.strokes.map((line) => ({ ...PEN, dotSize: 0, velocityFilterWeight: 0.7, points: line.map(of) })),
    );
    this.width = 0;
    this.fit();
  },

  clear() {
    this.later = null;
    if (!this.ink) return;
    this.ink.clear();
    this.scale = 1;
    this.base = this.canvas.offsetWidth;
  },
};

// A blocked canvas may take what is drawn and show nothing.
function draws(canvas) {
  try {
    const drawn = canvas.getContext("2d");
    drawn.fillRect(0, 0, 1, 1);
    const [, , , opaque] = drawn.getImageData(0, 0, 1, 1).data;
    drawn.clearRect(0, 0, 1, 1);
    return opaque > 0;
  } catch {
    return false;
  }
}

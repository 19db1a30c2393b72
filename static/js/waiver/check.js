// Who signs, what is missing, and what is wrong.

import { byId, day, field, form, isKiosk, isSeen, language, made, pad, say, seenInitials, seenTick, valueOf } from "./form.js";

const PLACES = { birth_date: "birth_month", strokes: "draw", method: "methods", text: "submit", key: "submit", kiosk: "submit", link: "submit", language: "submit" };

function place(name) {
  if (name.startsWith("initial_")) return seenTick(name) ?? form;
  return byId(PLACES[name] ?? name.replace("child_birth", "child_month")) ?? form;
}

function describe(input, by) {
  input.setAttribute("aria-describedby", (input.getAttribute("aria-describedby") ?? "").replace(/ ?\S+-error/, "") + by);
}

export function unmark() {
  byId("errors")?.remove();
  byId("not-sent").hidden = true;
  for (const error of document.querySelectorAll(".field__error")) error.remove();
  for (const bad of document.querySelectorAll(".field--bad")) bad.classList.remove("field--bad");
  for (const input of document.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    describe(input, "");
  }
}

export function mark(errors) {
  unmark();
  const summary = byId("not-sent");
  summary.querySelector("ul").replaceChildren(
    ...errors.map(([name, words]) => {
      markField(name, words);
      return made("li", {}, made("a", { href: `#${place(name).id}`, textContent: words }));
    }),
  );
  summary.hidden = !errors.length;
  if (errors.length) summary.focus();
}

function markField(name, words) {
  const input = place(name);
  const box = input.closest(".field, .initial");
  if (!box) return;
  const details = input.closest("details");
  if (details) details.open = true;
  box.classList.add("field--bad");
  const error = made("p", { className: "field__error", id: `${name}-error`, textContent: words });
  if (box.matches(".initial")) box.before(error);
  else box.insertBefore(error, [...box.children].find((child) => child.matches(".input, .born, .choice, .choices, .ink")) ?? null);
  if (!input.matches("input, textarea")) return;
  input.setAttribute("aria-invalid", "true");
  describe(input, ` ${error.id}`);
}

const ticked = (name) => !field(name) || !isSeen(field(name)) || field(name).checked;

export function missing() {
  const errors = [];
  const need = (isThere, name, words = name) => isThere || errors.push([name, say(words)]);
  for (const tick of seenInitials()) need(tick.checked, tick.name, "initial");
  need(valueOf("name"), "name");
  need(["birth_month", "birth_day", "birth_year"].every(valueOf), "birth_date", "birth");
  const hasChildren = valueOf("signs_for") !== "self";
  if (hasChildren) {
    errors.push(...missingOfChildren());
    need(valueOf("relationship"), "relationship");
  }
  need(ticked("adult"), "adult");
  if (hasChildren) need(ticked("authority"), "authority");
  need(ticked("orientation"), "orientation");
  need(ticked("consent"), "consent");
  if (seenInitials().length) need(valueOf("initials"), "initials");
  if (valueOf("method") === "drawn") {
    const wrong = judge(pad.strokes());
    need(!wrong, "strokes", wrong);
  } else {
    need(valueOf("typed"), "typed");
  }
  need(ticked("assent"), "assent");
  return errors;
}

// By the same numbers as waivers/strokes.py.

const FEWEST_POINTS = 5;
const SHORTEST_PATH = 1400;
const STRAIGHTEST = 0.02;
const MOST_POINTS = 6000;

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
  if (!points.length) return "draw";
  if (points.length > MOST_POINTS) return "long";
  let path = 0;
  for (const line of strokes) {
    line.slice(1).forEach(([x, y], place) => {
      path += Math.hypot(x - line[place][0], y - line[place][1]);
    });
  }
  if (points.length < FEWEST_POINTS || path < SHORTEST_PATH) return "short";
  return spread(points) < STRAIGHTEST ? "straight" : "";
}

const PARTS = ["name", "month", "day", "year"];
const another = byId("another");
const blocks = () => [...form.querySelectorAll(".child")];
let shown = 1;

export function showChildren(count) {
  shown = Math.max(1, Math.min(count, Number(form.dataset.most)));
  while (blocks().length < shown) blocks().at(-1).after(cloned(blocks().length + 1));
  blocks().forEach((block, place) => {
    block.hidden = place >= shown;
  });
  another.hidden = shown >= Number(form.dataset.most);
}

function cloned(number) {
  const block = blocks()[0].cloneNode(true);
  block.classList.remove("field--bad");
  for (const each of block.querySelectorAll("*")) {
    for (const name of ["id", "name", "for", "aria-describedby"]) {
      if (each.hasAttribute(name)) each.setAttribute(name, each.getAttribute(name).replace(/_1(?=$|-| )/g, `_${number}`));
    }
    if (each.matches("input")) each.value = "";
  }
  for (const words of block.querySelectorAll("legend :not(:has(*))")) words.textContent = words.textContent.replace("1", number);
  return block;
}

const fieldsOf = (number) => PARTS.map((part) => valueOf(`child_${part}_${number}`));

const entered = () =>
  blocks()
    .map((_, place) => place + 1)
    .filter((number) => number === 1 || fieldsOf(number).some(Boolean));

export const fitChildren = (values) =>
  showChildren(Math.max(1, ...values.filter(([name, value]) => value && name.startsWith("child_")).map(([name]) => Number(name.split("_")[2]))));

function missingOfChildren() {
  const errors = [];
  for (const number of entered()) {
    const [name, ...born] = fieldsOf(number);
    if (!name) errors.push([`child_name_${number}`, say("child_name")]);
    if (!born.every(Boolean)) errors.push([`child_birth_${number}`, say("child_birth")]);
  }
  return errors;
}

another.addEventListener("click", () => {
  showChildren(shown + 1);
  byId(`child_name_${shown}`).focus();
});

const ACTION = form.getAttribute("action");
const KEPT = `scc-link ${ACTION}`;
const LINK = /^#([a-z][0-9a-z]{40,})$/;
const PAUSE = 500;

async function ask(path, fields) {
  const response = await fetch(`${ACTION}/${path}`, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(fields),
  });
  return response.ok ? response.json() : { isUnknown: response.status < 500 };
}

export async function readLink() {
  const found = LINK.exec(location.hash)?.[1];
  if (found && !isKiosk) {
    // Out of the address, which others may see.
    history.replaceState(null, "", location.pathname + location.search);
    sessionStorage.setItem(KEPT, found);
  }
  const link = isKiosk ? "" : sessionStorage.getItem(KEPT);
  if (!link) return;
  field("link").value = link;
  const answer = await ask("link", { link, language: language() }).catch(() => ({}));
  if (answer.name) greet(answer, Boolean(found));
  else if (answer.isUnknown) refuse();
}

function greet({ name, role }, isNew) {
  tell(say(role === "crew" ? "self" : "party", { name }));
  // Theirs alone; a party's is for the next one too.
  if (role === "crew") sessionStorage.removeItem(KEPT);
  if (!isNew) return;
  if (!valueOf("name")) field("name").value = name;
  if (role) field("role").value = role;
}

export function nextLink() {
  field("link").value = (!isKiosk && sessionStorage.getItem(KEPT)) || "";
  byId("party").hidden ||= !field("link").value;
}

function refuse() {
  sessionStorage.removeItem(KEPT);
  field("link").value = "";
  tell(say("bad_link"));
}

function tell(words) {
  byId("party").hidden = false;
  byId("party").textContent = words;
}

let timer;
let asked = "";

const fields = (names) => [...new FormData(form)].filter(([name]) => names.test(name));

export function lookKnown() {
  clearTimeout(timer);
  const isWhole = valueOf("name") && /^\d{4}$/.test(valueOf("birth_year")) && valueOf("birth_month") && valueOf("birth_day");
  const person = isWhole && valueOf("signs_for") === "self" ? fields(/^(name|birth_|language)/) : [];
  const now = person.join();
  if (asked !== now) byId("known").hidden = true;
  if (!now || asked === now) return;
  timer = setTimeout(async () => {
    asked = now;
    const { valid_until, here } = await ask("known", person).catch(() => ({}));
    if (!valid_until || asked !== now) return;
    byId("known").hidden = false;
    byId("known").firstElementChild.textContent = say(here ? "here" : "valid", { date: day(valid_until) });
    byId("join").hidden = here;
  }, PAUSE);
}

export const joining = () => ({ url: `${ACTION}/join`, body: fields(/^(name|birth_|role|link|language)/) });

export function forgetKnown() {
  clearTimeout(timer);
  asked = "";
  byId("known").hidden = true;
}

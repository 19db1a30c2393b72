// What is told beside the form: who comes, and what waits on this phone.

import { byId, day, field, form, isKiosk, language, made, say, valueOf } from "./form.js";
import { drop, entries, flush, isSending, isWaiting, onChange } from "./kept.js";

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
    // Out of the address, which others may see; the next one of the party signs in the same tab.
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
  if (!isNew) return;
  if (!valueOf("name")) field("name").value = name;
  if (role) field("role").value = role;
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

const person = () => ({ name: valueOf("name"), birth_date: ["year", "month", "day"].map(part).join("-") });
const part = (name) => valueOf(`birth_${name}`).padStart(2, "0");

export function lookKnown() {
  clearTimeout(timer);
  const { name, birth_date } = person();
  const isWhole = /^\d{4}-\d\d-\d\d$/.test(birth_date) && name && valueOf("signs_for") === "self";
  if (!isWhole || asked !== name + birth_date) byId("known").hidden = true;
  if (!isWhole || asked === name + birth_date) return;
  timer = setTimeout(async () => {
    asked = name + birth_date;
    const { valid_until, here } = await ask("known", { name, birth_date, language: language() }).catch(() => ({}));
    if (!valid_until || asked !== name + birth_date) return;
    byId("known").hidden = false;
    byId("known").firstElementChild.textContent = say(here ? "here" : "valid", { date: day(valid_until) });
    byId("join").hidden = here;
  }, PAUSE);
}

export const joining = () => ({
  url: `${ACTION}/join`,
  body: [...new FormData(form)].filter(([name]) => /^(name|birth_|role|link|language)/.test(name)).concat(Object.entries(person()).slice(1)),
});

export function forgetKnown() {
  clearTimeout(timer);
  asked = "";
  byId("known").hidden = true;
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
  list.nextElementSibling.textContent = shown.some(isWaiting) ? `${say("by_itself")} ${say("next")}` : "";
}

onChange(draw);

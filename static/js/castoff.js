// The cast-off page: kept on the phone by the service worker, read again while there is signal, and honest about its age.
// One file alone, as the worker keeps each by its name.

const READ_EVERY = 30_000;
const TICK = 5_000;
const ANSWER_WITHIN = 15_000;
const LOST = "No answer. Tap again: nothing counts twice.";

const place = () => document.querySelector("[data-castoff]");
let isOffline = false;
let reading = false;
let kept = "";

/** Read the page again from the network alone; the worker keeps the answer. */
async function read() {
  if (reading || document.hidden) return;
  reading = true;
  try {
    const headers = { "X-Fresh": "1" };
    const answer = await fetch(location.pathname, { headers, signal: AbortSignal.timeout(ANSWER_WITHIN) });
    if (answer.redirected) location.reload();
    else if (answer.ok) show(await answer.text());
    // A server that has trouble is no signal either.
    setOffline(!answer.ok);
  } catch {
    setOffline(true);
  } finally {
    reading = false;
  }
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const fresh = page.querySelector("[data-castoff]");
  if (!fresh) return;
  const focused = document.activeElement?.closest("[id]")?.id;
  place().replaceWith(document.adoptNode(fresh));
  document.getElementById(focused)?.querySelector("button")?.focus({ preventScroll: true });
  dress();
}

function setOffline(is) {
  isOffline = is;
  dress();
}

/** Show how old the page is, and whether anything can be tapped. */
function dress() {
  const box = place();
  const minutes = Math.max(0, Math.floor((Date.now() / 1000 - Number(box.dataset.asOf)) / 60));
  box.querySelector("[data-age]").textContent = minutes ? `, ${ago(minutes)}` : ", now";
  box.querySelector("[data-kept]").textContent = kept;
  box.querySelector("[data-offline]").hidden = !isOffline;
  for (const button of box.querySelectorAll("form button")) button.disabled = isOffline;
}

function ago(minutes) {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const words = [hours && `${hours} hour${hours === 1 ? "" : "s"}`, rest && `${rest} minute${rest === 1 ? "" : "s"}`];
  return `${words.filter(Boolean).join(" ")} ago`;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-board]");
  if (!form) return;
  event.preventDefault();
  const button = event.submitter;
  const body = new URLSearchParams(new FormData(form, button));
  body.set("csrfmiddlewaretoken", token(form));
  button.disabled = true;
  if (button.dataset.busy) button.firstChild.textContent = button.dataset.busy;
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(ANSWER_WITHIN) });
    const html = await answer.text();
    show(html);
    // A refusal comes with the manifest around it.
    if (!answer.ok) await refuse(html);
  } catch {
    say(LOST);
    await read();
  }
});

async function refuse(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const words = page.querySelector("[data-manifest-alert]")?.textContent.trim();
  await read();
  say(words || LOST);
}

function say(words) {
  const note = document.createElement("p");
  note.className = "errors part";
  note.textContent = words;
  place().querySelector("[data-castoff-alert]").replaceChildren(note);
}

function token(form) {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  return cookie ? cookie.slice("csrftoken=".length) : form.elements.csrfmiddlewaretoken.value;
}

/** Let the worker keep the page, and say whether it does. */
async function keep() {
  if (!navigator.serviceWorker) throw new Error("no service worker");
  await navigator.serviceWorker.register(place().dataset.worker);
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) {
    await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  }
  // Read once through the worker, which keeps it.
  await read();
  if (!(await caches.match(location.pathname, { cacheName: "castoff-pages" }))) throw new Error("not kept");
  kept = "Kept on this phone.";
  dress();
}

addEventListener("online", read);
addEventListener("offline", () => setOffline(true));
addEventListener("visibilitychange", read);
setInterval(read, READ_EVERY);
// Without signal it is tried more often: a phone often does not say that it is back.
setInterval(() => (isOffline ? read() : dress()), TICK);
setOffline(!navigator.onLine);
keep().catch(() => {
  kept = "Not kept on this phone: without signal it is gone.";
  dress();
});

{% load static %}// Keeps the cast-off page, and what it is made of, for when the signal goes. Serves nothing else from what it keeps.

const PAGES = "castoff-pages";
const PARTS = "castoff-parts";
const PAGE = /^\/dispatch\/[^/]+\/castoff\/$/;
const ANSWER_WITHIN = 4_000;
const MADE_OF = [
  "{% static "favicon.svg" %}",
  "{% static "css/tokens.css" %}",
  "{% static "css/app.css" %}",
  "{% static "css/parts.css" %}",
  "{% static "css/dispatch.css" %}",
  "{% static "css/manifest.css" %}",
  "{% static "js/castoff.js" %}",
].map((address) => new URL(address, location).href);

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(Promise.all([clients.claim(), sweep()])));

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (url.origin === location.origin && PAGE.test(url.pathname)) event.respondWith(page(request, url.pathname));
  else if (MADE_OF.includes(url.href) && isOfPage(request)) event.respondWith(part(request));
  else if (request.mode === "navigate") event.waitUntil(sweep());
});

const isOfPage = (request) => Boolean(request.referrer) && PAGE.test(new URL(request.referrer).pathname);

/** The page: from the network, and where that does not answer, as it was kept. */
async function page(request, path) {
  const asksNetwork = fetch(request).then((answer) => kept(answer, path));
  // The page asks for itself anew, and has itself already.
  if (request.headers.has("X-Fresh")) return asksNetwork;
  await sweep();
  const last = await (await caches.open(PAGES)).match(path);
  if (!last) return asksNetwork;
  asksNetwork.catch(() => {});
  const late = new Promise((done) => setTimeout(done, ANSWER_WITHIN, last));
  return Promise.race([asksNetwork, late]).catch(() => last);
}

async function kept(answer, path) {
  if (answer.type === "opaqueredirect" || answer.redirected || [401, 403].includes(answer.status)) {
    // Signed out: what was kept is nobody's any more.
    await forget();
  } else if (answer.status === 404) {
    await (await caches.open(PAGES)).delete(path);
  } else if (answer.ok && Number(answer.headers.get("X-Keep-Until")) * 1000 > Date.now()) {
    const copy = answer.clone();
    await forgetOthers(answer.headers.get("X-Kept-For"));
    await (await caches.open(PAGES)).put(path, copy);
    await keepParts();
  }
  return answer;
}

async function keepParts() {
  const parts = await caches.open(PARTS);
  const known = (await parts.keys()).map((request) => request.url);
  const missing = MADE_OF.filter((address) => !known.includes(address));
  for (const address of known.filter((each) => !MADE_OF.includes(each))) await parts.delete(address);
  if (missing.length) await parts.addAll(missing);
}

async function part(request) {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(ANSWER_WITHIN) });
  } catch {
    return (await (await caches.open(PARTS)).match(request.url)) || Response.error();
  }
}

/** Drop pages whose day is over. */
async function sweep() {
  const pages = await caches.open(PAGES);
  for (const request of await pages.keys()) {
    const answer = await pages.match(request);
    if (!(Number(answer?.headers.get("X-Keep-Until")) * 1000 > Date.now())) await pages.delete(request);
  }
}

async function forgetOthers(whose) {
  const pages = await caches.open(PAGES);
  for (const request of await pages.keys()) {
    const answer = await pages.match(request);
    if (answer?.headers.get("X-Kept-For") !== whose) await pages.delete(request);
  }
}

async function forget() {
  await Promise.all([PAGES, PARTS].map((name) => caches.delete(name)));
}

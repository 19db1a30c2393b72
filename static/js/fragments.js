// Parts of a page that come after it. `data-fragment` says from where: our own HTML, which takes the place of what is
// inside. That is a link to the same thing as a page of its own, and it stays where the part does not come.

const MOST_MILLISECONDS = 20_000;

async function load(place) {
  place.ariaBusy = "true";
  try {
    const html = document.createElement("template");
    html.innerHTML = await textOf(place.dataset.fragment);
    place.replaceChildren(html.content);
    place.dispatchEvent(new CustomEvent("fragment:loaded", { bubbles: true }));
  } catch {
    for (const words of place.querySelectorAll("[data-fragment-failed]")) words.hidden = false;
  } finally {
    place.ariaBusy = null;
  }
}

async function textOf(url) {
  // Who is logged out meanwhile is led to the login page, which is no part of this one.
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(MOST_MILLISECONDS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.text();
}

// By then every module of the page has run, and hears `fragment:loaded`.
addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("[data-fragment]")) load(place);
});

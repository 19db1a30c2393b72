// Moves an import on while its page is open, and shows how far it is: each request carries portions for some seconds.

const PAUSE_MILLISECONDS = 2000;
const LONGEST_PAUSE_MILLISECONDS = 15_000;
const MOST_MILLISECONDS = 40_000;

const place = document.querySelector("[data-progress]");
const trouble = document.querySelector("[data-trouble]");
const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
const state = place.querySelector("[data-state]").dataset.state;

for (const form of document.querySelectorAll("[data-plain]")) form.hidden = true;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

class LoggedOut extends Error {}

async function drive() {
  // Who is logged out meanwhile is led to the login page.
  const options = { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" };
  const response = await fetch(place.dataset.progress, { ...options, signal: AbortSignal.timeout(MOST_MILLISECONDS) });
  if (response.type === "opaqueredirect" || response.status === 403) throw new LoggedOut();
  if (!response.ok) throw new Error(`${response.status}`);
  const html = document.createElement("template");
  html.innerHTML = await response.text();
  return html.content;
}

function askToLogIn() {
  const link = Object.assign(document.createElement("a"), { href: location.href, textContent: "Log in again" });
  trouble.replaceChildren("You are logged out. ", link, " to see how far it is; nothing is lost.");
}

async function go() {
  for (let failures = 0; ; ) {
    try {
      const content = await drive();
      const now = content.querySelector("[data-state]");
      if (now.dataset.state !== state) return location.reload();
      const waits = "waits" in now.dataset;
      place.replaceChildren(content);
      failures = 0;
      trouble.textContent = "";
      if (waits) await pause(PAUSE_MILLISECONDS);
    } catch (problem) {
      if (problem instanceof LoggedOut) return askToLogIn();
      failures += 1;
      trouble.textContent = "There was no answer just now. It is asked again; nothing is lost.";
      await pause(Math.min(failures * PAUSE_MILLISECONDS, LONGEST_PAUSE_MILLISECONDS));
    }
  }
}

go();

// A device that many sign on, one after the other: opened with a PIN, and emptied after each.

import { byId, form, keepToken, kioskToken, made, say } from "./form.js";

const IDLE = 120000;
const FAREWELL = 8000;

// Shows the mark, and asks for the PIN until it is right. Nothing of one signer is offered to the next.
export async function open() {
  if (!byId("kiosk-mark")) document.querySelector(".bar__name").after(made("strong", { id: "kiosk-mark", className: "badge", textContent: say("kiosk") }));
  form.autocomplete = "off";
  for (const each of form.elements) each.setAttribute("autocomplete", "off");
  if (!kioskToken()) await askPin();
}

function askPin() {
  const wrong = made("p", { className: "field__error", id: "pin-error" });
  wrong.setAttribute("role", "alert");
  const pin = made("input", { className: "input", id: "pin", type: "password", inputMode: "numeric", autocomplete: "off", required: true });
  pin.setAttribute("aria-describedby", "pin-hint pin-error");
  const asked = made(
    "form",
    { method: "dialog", className: "stack" },
    made("h2", { id: "pin-title", textContent: say("kiosk") }),
    made("div", { className: "field" }, made("label", { htmlFor: "pin", textContent: say("pin") }), made("p", { className: "field__hint", id: "pin-hint", textContent: say("pin_hint") }), wrong, pin),
    made("button", { className: "button button--wide", textContent: say("pin_open") }),
    made("p", {}, made("a", { href: location.pathname, className: "trip__other", textContent: say("pin_leave") })),
  );
  const dialog = made("dialog", { className: "sheet" }, asked);
  dialog.setAttribute("aria-labelledby", "pin-title");
  // Escape would leave a kiosk that is none.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    asked.addEventListener("submit", async (event) => {
      event.preventDefault();
      wrong.textContent = await unlock(pin.value.trim());
      pin.value = "";
      if (wrong.textContent) return pin.focus();
      dialog.remove();
      return resolve();
    });
  });
}

// Returns what is wrong, in words.
async function unlock(pin) {
  try {
    const response = await fetch(`${form.getAttribute("action")}/kiosk`, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ pin }),
    });
    const answer = await response.json();
    if (!response.ok) return answer.detail && response.status === 429 ? answer.detail : say("pin_wrong");
    keepToken(answer);
    return "";
  } catch {
    return say("pin_offline");
  }
}

// Says for some seconds what became of a signature, and then begins anew.
export function farewell(words, isReceived, begin) {
  const start = made("button", { className: "button button--wide", textContent: say("start") });
  const dialog = made(
    "dialog",
    { className: `sheet sheet--said${isReceived ? " sheet--received" : ""}` },
    made("h2", { id: "farewell", textContent: words }),
    made("p", { textContent: say(isReceived ? "welcome" : "by_itself") }),
    start,
  );
  dialog.setAttribute("aria-labelledby", "farewell");
  dialog.addEventListener("close", () => {
    dialog.remove();
    begin();
  });
  start.addEventListener("click", () => dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  setTimeout(() => dialog.close(), FAREWELL);
}

// Empties the form of someone who went away.
export function watch(empty) {
  let timer;
  const wake = () => {
    clearTimeout(timer);
    timer = setTimeout(empty, IDLE);
  };
  for (const sign of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(sign, wake, { passive: true });
  wake();
}

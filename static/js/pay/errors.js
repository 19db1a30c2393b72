// What is wrong: above the form, and beside each field.

import { form, part } from "./dialog.js";
import { made } from "./elements.js";

const LABELS = {
  patron_name: ["pay-name", "Who paid"],
  amount: ["pay-amount", "Amount"],
  method: ["pay-method", "Method"],
  tip: ["pay-tip", "Tip"],
  reference: ["pay-reference", "Reference"],
  note: ["pay-note", "Note"],
  patron_email: ["pay-email", "Receipt by e-mail"],
};

export function clearErrors() {
  part("errors").hidden = true;
  for (const box of form.querySelectorAll(".field--bad")) box.classList.remove("field--bad");
  for (const words of form.querySelectorAll(".field__error")) words.hidden = true;
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}

/** Say what is wrong. `errors` is {field: [text]}. */
export function showErrors(title, errors = {}) {
  clearErrors();
  const lines = Object.entries(errors).map(([name, texts]) => errorLine(name, texts.join(" ")));
  part("errors-title").textContent = title;
  part("errors").querySelector("ul").replaceChildren(...lines);
  part("errors").hidden = false;
  part("errors").focus();
  part("body").scrollTop = 0;
}

function errorLine(name, words) {
  if (!(name in LABELS)) return made("li", "", words);
  const [id, label] = LABELS[name];
  const link = made("a", "", words.startsWith(label) ? words : `${label}: ${words}`);
  link.href = `#${id}`;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(id).focus();
  });
  showBeside(name, id, words);
  const line = made("li");
  line.append(link);
  return line;
}

function showBeside(name, id, words) {
  const box = form.querySelector(`[data-field="${name}"]`);
  box.classList.add("field--bad");
  const beside = box.querySelector(".field__error");
  beside.textContent = words;
  beside.hidden = false;
  document.getElementById(id).setAttribute("aria-invalid", "true");
  if (box.closest("details")) part("more").open = true;
}

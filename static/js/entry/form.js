// A form that changes an entry: what it asks for, and what it is about to do.

import { made } from "../pay/elements.js";
import { asksReference, chosen, referenceHint } from "../pay/methods.js";
import { display, parsed } from "../pay/money.js";
import { pointOut } from "../pay/references.js";

const NONE = "none";

/** Show what depends on what is filled in. */
export function dress(form) {
  showReference(form);
  showSubmit(form);
  showDifferences(form);
}

/** Follow what is typed. */
export function follow(form, target) {
  if (target.name === "patron_id") takeName(form, target);
  if (["method", "external_reference"].includes(target.name)) pointOut(form, { except: form.dataset.entry });
  dress(form);
}

/** The reference is asked for where the method has one; what is filled in stays to be seen. */
function showReference(form) {
  const box = form.querySelector("[data-reference-field]");
  if (!box) return;
  box.hidden = !asksReference(form) && !form.elements.external_reference.value;
  box.querySelector("[data-reference-hint]").textContent = referenceHint(form);
}

/** The button says what is given back. */
function showSubmit(form) {
  if (form.dataset.change !== "Refund") return;
  const { currency } = form.dataset;
  const amount = parsed(form.elements.amount.value);
  const tip = parsed(form.elements.tip?.value || "");
  let words = "Refund";
  if (amount) words += ` ${display(amount, currency)}`;
  if (amount && chosen(form)) words += ` ${chosen(form).dataset.word}`;
  if (amount && tip) words += ` and ${display(tip, currency)} tip`;
  form.querySelector("[data-change-submit]").textContent = words;
}

/** Another party was chosen: it is who paid, unless somebody was named who is of no party. */
function takeName(form, select) {
  const names = [...select.options].map(nameOf);
  const field = form.elements.patron_name;
  if (select.value && names.includes(field.value)) field.value = nameOf(select.selectedOptions[0]);
}

const nameOf = (option) => option.textContent.trim().replace(/, party of \d+$/, "");

/** What will be different, a line for each field. */
function showDifferences(form) {
  const box = form.querySelector("[data-differences]");
  if (!box) return;
  const lines = [...form.querySelectorAll('input[name^="initial-"]')].map((was) => difference(form, was)).filter(Boolean);
  box.querySelector("ul").replaceChildren(...lines.map((words) => made("li", "", words)));
  box.hidden = !lines.length;
}

function difference(form, was) {
  const name = was.name.slice("initial-".length);
  const before = said(form, name, was.value);
  const after = said(form, name, form.elements[name].value);
  return before === after ? "" : `${labelOf(form, name)}: ${before} becomes ${after}`;
}

/** A field's value as people say it. */
function said(form, name, value) {
  const field = form.elements[name];
  if (name === "method") return methodOf(form, value) || NONE;
  if (field.options) return nameOf([...field.options].find((option) => option.value === value) || new Option("", ""));
  const money = ["amount", "tip"].includes(name) && parsed(value);
  return money ? display(money, form.dataset.currency) : value.trim() || NONE;
}

const methodOf = (form, code) =>
  form.querySelector(`input[name="method"][value="${CSS.escape(code)}"]`)?.parentElement.textContent.trim();

function labelOf(form, name) {
  if (name === "method") return "Method";
  return form.querySelector(`label[for="change-${name}"]`).textContent;
}

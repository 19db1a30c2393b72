// The close of a day: what is over or short is said while it is typed. The server reckons it anew.

const form = document.querySelector("[data-close]");

/** Cents of an amount as the server reads it, null when it is none. */
function cents(text) {
  const match = /^(-?)\s*([0-9]{1,12})(?:\.([0-9]{1,2}))?$/.exec(text.trim());
  if (!match) return null;
  const sum = Number(match[2]) * 100 + Number((match[3] || "0").padEnd(2, "0"));
  return match[1] ? -sum : sum;
}

const money = new Intl.NumberFormat("en-US", { style: "currency", currency: form.dataset.close });

function words(difference) {
  if (!difference) return "matches";
  return `${money.format(Math.abs(difference) / 100)} ${difference < 0 ? "short" : "over"}`;
}

function show(line) {
  const counted = cents(line.querySelector("input").value);
  const output = line.querySelector("[data-difference]");
  const difference = counted === null ? null : counted - Number(line.querySelector("[data-expected]").dataset.expected);
  output.textContent = difference === null ? "" : words(difference);
  output.classList.toggle("close__off", Boolean(difference));
}

for (const line of form.querySelectorAll("[data-line]")) {
  line.addEventListener("input", () => show(line));
  show(line);
}

// A second tap sends nothing; coming back to the page lets it be sent again.
form.addEventListener("submit", (event) => {
  const button = form.querySelector("[type=submit]");
  if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
  button.setAttribute("aria-disabled", "true");
});
addEventListener("pageshow", () => form.querySelector("[type=submit]").removeAttribute("aria-disabled"));

document.querySelector(".errors")?.focus();

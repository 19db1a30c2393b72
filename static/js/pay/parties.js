// Who paid: the parties to choose from, the one that is chosen, and its last entries.

import { clearErrors } from "./errors.js";
import { field, now, part } from "./dialog.js";
import { made } from "./elements.js";
import { changed, prefill, showDeposit } from "./fields.js";
import { display } from "./money.js";
import { fold, isOf } from "./names.js";

const hint = document.getElementById("pay-name-hint");

export function showParty() {
  const { party } = now;
  part("chosen").hidden = !party;
  part("choosing").hidden = Boolean(party);
  if (!party) return;
  part("party").textContent = party.name;
  const size = party.size > 1 ? `party of ${party.size}, ` : "";
  part("standing").textContent = size + owed(Number(party.balance));
}

function owed(balance) {
  if (balance < 0) return `${display(balance, now.currency)} credit`;
  return balance ? `${display(balance, now.currency)} to pay` : "nothing to pay";
}

/** The parties, those who owe first, and those alone whose name has what is typed. */
export function showParties() {
  const typed = fold(field("patron_name").value);
  const fits = now.parties.filter((party) => fold(party.name).includes(typed));
  fits.sort((a, b) => (Number(b.balance) > 0) - (Number(a.balance) > 0));
  part("parties").replaceChildren(...fits.map(partyChoice));
  hint.textContent = now.parties.length
    ? "Choose a party, or write a name."
    : "Nobody is on the manifest yet: write the patron's name.";
}

export function showUnread() {
  hint.textContent =
    "The manifest could not be read. A payment can be logged all the same: write the patron's name.";
}

function partyChoice(party) {
  const label = made("label", "party");
  const radio = made("input");
  Object.assign(radio, { type: "radio", name: "party", value: party.id });
  radio.addEventListener("click", () => choose(party));
  const name = made("span", "party__name", party.name);
  if (party.size > 1) name.append(made("span", "party__size", `party of ${party.size}`));
  const balance = Number(party.balance);
  const owes = made("span", balance > 0 ? "num party__owes party__owes--some" : "num party__owes", owed(balance));
  label.append(radio, name, owes);
  return label;
}

function choose(party) {
  now.party = party;
  clearErrors();
  showParty();
  showEntries();
  prefill();
  changed();
  (field("method").value ? part("submit") : document.getElementById("pay-method")).focus();
}

part("change").addEventListener("click", () => {
  now.party = null;
  showParty();
  showDeposit();
  showEntries();
  showParties();
  field("patron_name").focus();
});

/** The last three entries of the party; of none while none is chosen. */
export function showEntries() {
  const mine = now.party ? now.entries.filter((entry) => isOf(entry, now.party)) : [];
  const lines = mine.slice(0, 3).map(entryLine);
  part("entries").replaceChildren(...lines);
  part("entries").hidden = !lines.length;
}

function entryLine(entry) {
  const line = made("li");
  line.append(
    made("span", "", `${entry.what}, ${entry.when}${entry.voided ? " (void)" : ""}`),
    made("span", entry.voided ? "num void" : "num", entry.shown),
  );
  return line;
}

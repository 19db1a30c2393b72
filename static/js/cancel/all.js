// The same for all parties at once. It fills in their own choices, which are what is sent.

/** Show what needs this script. */
export function offerAll(within) {
  for (const all of within.querySelectorAll("[data-all]")) all.hidden = false;
}

/** Choose for each party of `form` what `all` says; where a departure has no room left, the party has to be asked. */
export function fillAll(form, all) {
  const choice = all.querySelector('[name="all-choice"]:checked')?.value;
  const goal = all.querySelector('[name="all-to"]').selectedOptions[0];
  const parties = [...form.querySelectorAll("[data-settle]")];
  for (const party of parties) party.querySelector(`[value="${choice}"][type="radio"]`).checked = true;
  const left = choice === "carry" && goal.value ? parties.filter(carrier(goal)) : [];
  all.querySelector("[data-all-short]").textContent = left.length ? wordsOf(left) : "";
}

/** Gives a function that chooses the departure for a party, and returns whether it has no room for it. */
function carrier(goal) {
  let room = Number(goal.dataset.room);
  return (party) => {
    const size = Number(party.dataset.settle);
    const select = party.querySelector('select[name^="to-"]');
    const fits = size <= room;
    if (fits) room -= size;
    select.value = fits ? goal.value : "";
    return !fits;
  };
}

function wordsOf(left) {
  const names = left.map((party) => party.querySelector("[data-settle-name]").textContent);
  return `No room for ${names.join(", ")}: choose below.`;
}

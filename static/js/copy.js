// Buttons that copy what they carry in `data-copy`.

/** Show the copy buttons within `box`, and let them copy. */
export function offerCopies(box) {
  // The clipboard is there in a secure context alone; the text itself can always be selected.
  if (!navigator.clipboard) return;
  for (const button of box.querySelectorAll("[data-copy][hidden]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  button.querySelector("[data-copy-word]").textContent = "Copied";
}

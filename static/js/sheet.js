// The small things of the event sheet and the poster: print, copy the guests' link.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  // The clipboard is there in a secure context alone; the link itself can always be selected.
  if (!navigator.clipboard) continue;
  const word = button.querySelector("[data-copy-word]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    word.textContent = "Copied";
  });
}

// The small things of the event sheet and the poster: print, copy the guests' link.

import { offerCopies } from "./copy.js";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

offerCopies(document);

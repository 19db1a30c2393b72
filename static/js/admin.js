// Where a list needs the width, its filters fold: as in admin.css. Without this script they are open.

const narrow = matchMedia("(max-width: 87.5rem)");

function fold() {
  for (const details of document.querySelectorAll("details[data-fold]")) details.open = !narrow.matches;
}

narrow.addEventListener("change", fold);
fold();

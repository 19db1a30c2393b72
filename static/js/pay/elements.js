// Elements made and filled.

export function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** Say `text` in every figure of `box` that is called `name`. */
export function put(box, name, text) {
  for (const element of box.querySelectorAll(`[data-figure="${name}"]:not(progress)`)) element.textContent = text;
}

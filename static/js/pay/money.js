// Money as it is shown, and as it is typed.

const MOST = 1_000_000;

/** $125, $125.50; `amount` is decimal text or a number. */
export function display(amount, currency) {
  const text = new Intl.NumberFormat("en-US", { style: "currency", currency }).format(amount);
  return text.replace(/\.00$/, "");
}

export function signOf(currency) {
  const parts = new Intl.NumberFormat("en-US", { style: "currency", currency }).formatToParts(1);
  return parts.find((piece) => piece.type === "currency").value;
}

/** The amount as the API wants it, "125.00", or null when the text is none above `least`. */
export function parsed(text, { zero = false } = {}) {
  const bare = text.trim().replace(/^[^\d.,-]+/, "");
  if (!/^\d{1,7}(\.\d{1,2})?$/.test(bare)) return null;
  const value = Number(bare);
  if (value > MOST || (value === 0 && !zero)) return null;
  return value.toFixed(2);
}

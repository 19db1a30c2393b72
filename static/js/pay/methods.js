// The methods, as they are called in a sentence.

const METHODS = { cash: "cash", card: "card", check: "check", venmo: "Venmo", zelle: "Zelle", other: "other" };

export const wordOf = (code) => METHODS[code] || code;

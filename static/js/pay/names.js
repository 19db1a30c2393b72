// People's names, compared as the server compares them.

/** A name without case and accents. */
export function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim().replace(/\s+/g, " ");
}

/** Whether an entry is of this party; one without a party is told by its name. */
export const isOf = (entry, party) =>
  entry.patron_id ? entry.patron_id === party.id : fold(entry.patron_name) === fold(party.name);

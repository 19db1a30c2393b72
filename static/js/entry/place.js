// A page of ours, of which the part that has the subject is shown in another page: what is in `data-place`.

const ANSWER_WITHIN = 20_000;

/** Ask for `url` and return {status, url, place}: status 0 when there is no answer, place null when it is no such page. */
export async function placeOf(url, options = {}) {
  try {
    const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(ANSWER_WITHIN) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const place = page.querySelector("[data-place]");
    return { status: answer.status, url: answer.url, place: place && document.adoptNode(place) };
  } catch {
    return { status: 0, url, place: null };
  }
}

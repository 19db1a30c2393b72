// Sends a file in slices, as a function takes some megabytes at once. Which are missing the server says: so a slice that
// was lost is sent again, and an upload that was interrupted goes on where it was. Without this script the form is sent
// as it is, with a small file.

const TRIES = 5;
const PAUSE_MILLISECONDS = 1500;
const MOST_MILLISECONDS = 60_000;

const form = document.querySelector("[data-upload]");
const error = form.querySelector("[data-error]");
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;

const LOGGED_OUT = "You are logged out. Load this page again to log in, and choose the file once more; what has come is kept.";

class Refused extends Error {}

/** Post a form, again where there was no answer, and return what was answered. */
async function post(url, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  for (let attempt = 1; ; attempt++) {
    const answer = await sent(url, body);
    if (answer?.ok) return answer.json();
    if (answer?.type === "opaqueredirect") throw new Refused(LOGGED_OUT);
    if (answer && answer.status < 500 && answer.status !== 429 && answer.status !== 409) throw new Refused(await said(answer));
    if (attempt === TRIES) throw new Refused("It could not be sent just now. Go on with it when there is signal again.");
    await new Promise((resolve) => setTimeout(resolve, attempt * PAUSE_MILLISECONDS));
  }
}

async function sent(url, body) {
  const headers = { "X-CSRFToken": token };
  try {
    // Who is logged out meanwhile is led to the login page.
    return await fetch(url, { method: "POST", body, headers, redirect: "manual", signal: AbortSignal.timeout(MOST_MILLISECONDS) });
  } catch {
    return null;
  }
}

async function said(answer) {
  try {
    return (await answer.json()).error;
  } catch {
    return answer.status === 403 ? LOGGED_OUT : `It was refused (${answer.status}). Load this page again.`;
  }
}

function show(done, size) {
  const megabytes = (bytes) => (bytes / 1024 ** 2).toFixed(1);
  form.querySelector("[data-sending]").hidden = false;
  form.querySelector("progress").value = size ? (100 * done) / size : 0;
  form.querySelector("[data-sent]").textContent = done < size ? `${megabytes(done)} of ${megabytes(size)} MB` : "It is here, and is being read.";
}

async function begun(file) {
  if (form.dataset.part) return form.dataset;
  const what = new FormData(form).get("what");
  if (!what) throw new Refused("Choose what the file holds.");
  const facts = { what, name: file.name, size: file.size, stamp: file.lastModified };
  const run = await post(form.dataset.begin, facts);
  // Loaded again, the page is that of this upload.
  history.replaceState(null, "", run.page);
  return run;
}

function check(file) {
  if (!file) throw new Refused("Choose a file.");
  const { name, size, stamp, most } = form.dataset;
  if (most && file.size > Number(most)) throw new Refused(`The file has ${Math.round(file.size / 1024 ** 2)} MB; ${Math.round(most / 1024 ** 2)} are taken here. Cut it, or use the command.`);
  if (!form.dataset.part) return;
  const isSame = file.size === Number(size) && (!stamp || stamp === String(file.lastModified));
  if (!isSame) throw new Refused(`That is not ${name} as it was. Import it as a new file.`);
}

async function upload(file) {
  check(file);
  const run = await begun(file);
  const slice = Number(form.dataset.slice);
  for (;;) {
    const answer = await post(run.uploaded, {});
    if (answer.page) return answer.page;
    let done = file.size - answer.missing.reduce((sum, number) => sum + Math.min(slice, file.size - (number - 1) * slice), 0);
    show(done, file.size);
    for (const number of answer.missing) {
      const part = file.slice((number - 1) * slice, number * slice);
      await post(run.part, { number, slice: part });
      done += part.size;
      show(done, file.size);
    }
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  if (button.disabled) return;
  button.disabled = true;
  error.hidden = true;
  try {
    location.assign(await upload(form.querySelector("[type=file]").files[0]));
  } catch (problem) {
    error.hidden = false;
    error.textContent = problem instanceof Refused ? problem.message : "The file could not be read. Choose it again.";
    error.scrollIntoView({ block: "nearest" });
    button.disabled = false;
  }
});

// Sends the operations of the API reference with the reader's own session, and shows the answer.

const TEXT = /^string/;

function readValue(input) {
  if (TEXT.test(input.dataset.type)) return input.value;
  try {
    return JSON.parse(input.value);
  } catch {
    return input.value;
  }
}

function buildRequest(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const body = {};
  for (const input of form.querySelectorAll("[data-place]")) {
    if (input.value === "") continue;
    if (input.dataset.place === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.dataset.place === "query") query.set(input.name, input.value);
    else if (input.dataset.place === "body") body[input.name] = readValue(input);
  }
  const options = { method: form.dataset.method, headers: { "X-CSRFToken": form.dataset.csrf } };
  if (Object.keys(body).length) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  const suffix = query.toString();
  return [suffix ? `${path}?${suffix}` : path, options];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const answer = form.querySelector("[data-answer]");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const response = await fetch(...buildRequest(form));
    answer.textContent = `${response.status} ${response.statusText}\n${pretty(await response.text())}`;
  } catch (error) {
    answer.textContent = String(error);
  } finally {
    answer.hidden = false;
    button.disabled = false;
  }
}

for (const form of document.querySelectorAll("form[data-try]")) {
  form.hidden = false;
  form.addEventListener("submit", send);
}

const chosen = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (chosen instanceof HTMLDetailsElement) chosen.open = true;

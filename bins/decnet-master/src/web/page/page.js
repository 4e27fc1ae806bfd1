// The page until the dashboard is there: log in, and see events as they come.
"use strict";

const MOST = 200;
const api = "/api/v1";
const find = (id) => document.getElementById(id);
const token = {
  get: () => sessionStorage.getItem("token"),
  set: (value) => sessionStorage.setItem("token", value),
  clear: () => sessionStorage.removeItem("token"),
};

async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  const answer = await fetch(api + path, { ...options, headers });
  if (answer.status === 401 && token.get()) leave();
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({ detail: answer.statusText }));
    throw new Error(problem.detail);
  }
  return answer;
}

const send = (path, body) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

function leave() {
  token.clear();
  find("live").hidden = true;
  find("login").hidden = false;
}

async function logIn(event) {
  event.preventDefault();
  const fields = new FormData(find("login"));
  find("refused").textContent = "";
  try {
    const username = fields.get("username");
    const answer = await (await send("/auth/login", { username, password: fields.get("password") })).json();
    token.set(answer.access_token);
    if (answer.must_change_password && !(await renew(fields))) return;
    find("login").reset();
    find("renew").hidden = true;
    watch();
  } catch (error) {
    find("refused").textContent = error.message;
  }
}

async function renew(fields) {
  if (find("renew").hidden || !fields.get("renewed")) {
    find("renew").hidden = false;
    return false;
  }
  await send("/auth/change-password", { old_password: fields.get("password"), new_password: fields.get("renewed") });
  return true;
}

function show(row) {
  const tr = document.createElement("tr");
  const details = Object.entries(row.fields)
    .filter(([name]) => !["boot", "seq", "session", "src_ip", "src_port", "dst_ip", "dst_port"].includes(name))
    .map(([name, value]) => `${name}=${value}`);
  // Text, never markup: most of it is an attacker's.
  for (const text of [row.timestamp.slice(0, 19).replace("T", " "), row.decky, row.service, row.attacker_ip, row.event_type, details.join(" ")]) {
    tr.appendChild(document.createElement("td")).textContent = text;
  }
  find("rows").prepend(tr);
  while (find("rows").children.length > MOST) find("rows").lastChild.remove();
  find("empty").hidden = true;
}

function hear(message) {
  if (message.type === "logs") message.data.forEach(show);
  if (message.type === "stats") {
    find("total").textContent = message.data.total_logs;
    find("attackers").textContent = message.data.unique_attackers;
  }
}

async function watch() {
  find("login").hidden = true;
  find("live").hidden = false;
  let last = null;
  try {
    const page = await (await ask("/logs?limit=50")).json();
    page.data.reverse().forEach(show);
    last = page.data.length ? page.data[page.data.length - 1].id : null;
  } catch (error) {
    find("state").textContent = error.message;
  }
  while (token.get()) {
    try {
      const headers = last === null ? {} : { "Last-Event-ID": String(last) };
      await listen(await ask("/stream", { headers }), (id) => (last = id));
    } catch {
      find("state").textContent = "– not connected";
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

// The token goes in a header, which the browser's own client for events cannot send.
async function listen(answer, told) {
  find("state").textContent = "– live";
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      const of = (name) => lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2)).join("\n");
      if (of("event") === "message") hear(JSON.parse(of("data")));
      if (of("id")) told(of("id"));
    }
  }
}

find("login").addEventListener("submit", logIn);
find("logout").addEventListener("click", async () => {
  await send("/auth/logout", {}).catch(() => {});
  leave();
});
if (token.get()) watch();
else find("login").hidden = false;

// The board in the teacher's browser: takes the stream, and touches only what changed. Whatever comes from outside
// becomes text, never markup.
"use strict";

const QUIET = 25000; // ms without a word from the server, which says one every 10 s
const SORT = 2000; // ms between sortings: rows that jump can't be read
const SIGNS = { p: "✓", w: "✗", o: "○" };
const WORDS = { p: "passed", w: "not passed yet", o: "touched" };
const $ = (id) => document.getElementById(id);

const kept = {
  // A browser may refuse to keep anything; then a reload begins anew.
  get(name) { try { return localStorage.getItem(`board ${name}`); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(`board ${name}`, value); } catch { /* not kept */ } },
};

let hidden = kept.get("names") === "hidden";
let chosen = location.hash.slice(1); // a chapter; "" follows the class
let stream, heard = 0, lost = null, again = null;
let state = { rows: new Map() };
let grid = new Map(); // learner → { row, name, at, cells: exercise → cell }
let unsorted = true;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Text in which `backticks` are code. */
function spoken(text) {
  return text.split(/`([^`]+)`/).map((part, n) => (n % 2 ? element("code", { textContent: part }) : part));
}

function count(n, one, many = `${one}s`) {
  return `${n} ${n === 1 ? one : many}`;
}

// The stream

function connect() {
  clearTimeout(again);
  again = null;
  if (stream) stream.close();
  const query = new URLSearchParams({ chapter: chosen, names: hidden ? "hidden" : "shown" });
  const mine = (stream = new EventSource(`live?${query}`));
  heard = Date.now();
  mine.onmessage = (event) => {
    if (mine !== stream) return;
    here();
    take(JSON.parse(event.data));
  };
  mine.addEventListener("still", here);
  mine.onerror = () => {
    if (mine === stream) gone();
  };
}

function here() {
  heard = Date.now();
  lost = null;
  write($("link"), "Live");
  $("link").className = "live";
  $("main").classList.remove("stale", "waiting");
}

function gone() {
  stream.close();
  lost = lost || new Date();
  write($("link"), `Connection lost at ${lost.toLocaleTimeString()}. Trying again.`);
  $("link").className = "lost";
  $("main").classList.add("stale");
  if (again === null) again = setTimeout(connect, 1000 + 1000 * Math.random());
}

setInterval(() => {
  if (again === null && Date.now() - heard > QUIET) gone();
}, 1000);

function take(message) {
  if (message.fresh) {
    state = { rows: new Map() };
    wipe();
  }
  const { rows, fresh, ...sections } = message;
  Object.assign(state, sections);
  if ("columns" in sections) showColumns();
  for (const [number, change] of Object.entries(rows || {})) takeRow(number, change);
  if ("summary" in sections) showSummary();
  if ("stuck" in sections) showStuck();
  if ("misconceptions" in sections) showMistakes();
  if ("chapters" in sections || "chapter" in sections) showChapters();
  if ("refused" in sections) {
    $("refused").hidden = !state.refused.length;
    write($("refused").lastElementChild, state.refused.join(" · "));
  }
  if ("trouble" in sections) {
    $("trouble").hidden = !state.trouble;
    write($("trouble"), state.trouble);
  }
  if (fresh) sort();
}

function wipe() {
  grid = new Map();
  for (const id of ["rows", "stuck", "mistakes", "columns"]) $(id).replaceChildren();
  write($("refused").lastElementChild, "");
}

// The grid

function showColumns() {
  const names = state.columns.map((column) => column.id).join();
  if ($("columns").dataset.names !== names || !$("columns").children.length) {
    $("columns").dataset.names = names;
    $("columns").replaceChildren(
      element("th", { scope: "col", className: "who", textContent: "Learner" }),
      element("th", { scope: "col", className: "at", textContent: "Now at" }),
      ...state.columns.map((column) => {
        const share = element("small"), at = element("small"), bar = element("span", { className: "bar" });
        bar.append(element("i"));
        bar.setAttribute("aria-hidden", "true");
        return element("th", { scope: "col", title: column.title }, column.id, share, at, bar);
      }),
    );
  }
  state.columns.forEach((column, n) => {
    const [share, at, bar] = $("columns").children[n + 2].children;
    write(share, `${column.share} %`);
    write(at, column.here ? `${column.here} here` : "\u00a0");
    bar.firstElementChild.style.width = `${column.share}%`;
  });
}

function takeRow(number, change) {
  if (change === null) {
    if (grid.has(number)) grid.get(number).row.remove();
    grid.delete(number);
    state.rows.delete(number);
    return;
  }
  const before = state.rows.get(number) || { cells: {} };
  const now = { ...before, ...change, cells: { ...before.cells, ...change.cells } };
  state.rows.set(number, now);
  const shown = grid.get(number) || newRow(number);
  write(shown.name, now.name);
  write(shown.at, now.at);
  shown.row.classList.toggle("left", now.left);
  if (change.left) shown.at.title = "has left";
  for (const id of Object.keys(change.cells || {})) showCell(shown.cells.get(id), now.cells[id]);
  if ("at" in change && shown.now !== shown.cells.get(now.at)) {
    if (shown.now) shown.now.classList.remove("now");
    shown.now = shown.cells.get(now.at);
    if (shown.now) shown.now.classList.add("now");
  }
  unsorted = unsorted || "passed" in change || "all" in change;
}

function newRow(number) {
  const row = element("tr"), name = element("th", { scope: "row", className: "who" }), at = element("td", { className: "at" });
  name.dir = "auto";
  const cells = new Map(state.columns.map((column) => [column.id, element("td")]));
  row.append(name, at, ...cells.values());
  $("rows").append(row);
  const made = { row, name, at, cells, now: undefined };
  grid.set(number, made);
  return made;
}

function showCell(cell, [sign, attempts, hints, solution]) {
  if (!cell) return;
  const now = cell.classList.contains("now");
  cell.className = sign + (now ? " now" : "");
  const visible = element("span", { textContent: SIGNS[sign] + (attempts > 1 ? ` ${attempts}` : "") });
  if (hints) visible.append(element("b", { className: "hint" }));
  if (solution) visible.append(element("b", { className: "solution" }));
  visible.setAttribute("aria-hidden", "true");
  const said = [WORDS[sign], count(attempts, "attempt")];
  if (hints) said.push(count(hints, "hint"));
  if (solution) said.push("solution seen");
  cell.title = said.join(", ");
  cell.replaceChildren(visible, element("span", { className: "unseen", textContent: cell.title }));
}

/** Most done first; only rows that are out of place are moved. */
function sort() {
  unsorted = false;
  const order = [...state.rows].sort(([, a], [, b]) => b.passed - a.passed || b.all - a.all || a.name.localeCompare(b.name, undefined, { numeric: true }));
  let next = $("rows").firstElementChild;
  for (const [number] of order) {
    const { row } = grid.get(number);
    if (row === next) next = next.nextElementSibling;
    else $("rows").insertBefore(row, next);
  }
}

setInterval(() => {
  if (unsorted && !document.hidden) requestAnimationFrame(sort);
}, SORT);

// The lists

function showSummary() {
  const { here, active, stuck, median, title, planned, behind } = state.summary;
  write($("here"), String(here));
  write($("active"), String(active));
  write($("stuck-count"), String(stuck));
  write($("median"), median || "–");
  write($("median-title"), median ? `is the median: ${title}` : "where the median is");
  let pace = planned && median ? "not in the plan" : "";
  if (behind !== null) pace = behind ? `${duration(Math.abs(behind))} ${behind > 0 ? "behind" : "ahead of"} the plan` : "in time";
  write($("pace"), pace);
  $("pace").className = behind > 0 ? "behind" : behind < 0 ? "ahead" : "";
  $("invitation").hidden = here > 0 || state.rows.size > 0;
  $("how").hidden = !$("invitation").hidden;
}

function duration(minutes) {
  return minutes < 120 ? count(minutes, "minute") : `${Math.round(minutes / 60)} hours`;
}

function showStuck() {
  $("nobody-stuck").hidden = state.stuck.length > 0;
  $("stuck").replaceChildren(
    ...state.stuck.map((each) => {
      const about = [`${each.exercise} ${each.title}`, count(each.attempts, "attempt")];
      if (each.hints) about.push(`${each.hints} of ${count(each.hints_of, "hint")}`);
      if (each.solution) about.push("solution seen");
      if (each.quiet > 5) about.push(`quiet for ${each.quiet} min`);
      const body = element("div", {}, element("b", { textContent: each.name, dir: "auto" }));
      body.append(element("span", { className: "about", textContent: about.join(" · ") }));
      if (each.mistake) body.append(element("span", { className: "said" }, ...spoken(each.mistake)));
      return item(each.minutes, `of ${each.of} min`, body);
    }),
  );
}

function showMistakes() {
  $("no-mistakes").hidden = state.misconceptions.length > 0;
  $("mistakes").replaceChildren(
    ...state.misconceptions.map((each) => {
      const body = element("div", {}, element("span", {}, ...spoken(each.sentence)));
      const since = each.still === each.learners ? "none has passed since" : `${each.learners - each.still} passed since`;
      body.append(element("span", { className: "about", textContent: `${each.exercise} ${each.title} · ${since}` }));
      return item(each.learners, each.learners === 1 ? "learner" : "learners", body);
    }),
  );
}

function item(number, unit, body) {
  return element("li", {}, element("strong", {}, String(number), " ", element("small", { textContent: unit })), body);
}

function showChapters() {
  const nav = $("chapters");
  write($("chapter-name"), state.chapter.padStart(2, "0"));
  if (nav.children.length !== state.chapters.length + 1) {
    const button = (id) => element("button", { type: "button", onclick: () => choose(id) });
    nav.replaceChildren(button(""), ...state.chapters.map(({ id }) => button(id)));
  }
  write(nav.firstElementChild, "Where most are");
  nav.firstElementChild.setAttribute("aria-current", String(!chosen));
  state.chapters.forEach(({ id, here }, n) => {
    const button = nav.children[n + 1];
    const text = id.padStart(2, "0") + (here ? ` · ${here}` : "");
    write(button, text);
    button.setAttribute("aria-label", `Chapter ${id}, ${here} here`);
    button.setAttribute("aria-current", String(chosen === id));
  });
}

// The switches

function choose(chapter) {
  chosen = chapter;
  history.replaceState(null, "", chapter ? `#${chapter}` : location.pathname);
  connect();
}

function showNames() {
  $("names").setAttribute("aria-pressed", String(hidden));
}

$("names").onclick = () => {
  hidden = !hidden;
  kept.set("names", hidden ? "hidden" : "shown");
  wipe(); // no name stays, even for the moment until the stream has begun anew
  state.rows = new Map();
  showNames();
  connect();
};

function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  write($("theme"), theme === "dark" ? "Light" : "Dark");
}

const preferred = matchMedia("(prefers-color-scheme: dark)");
const theme = () => kept.get("theme") || (preferred.matches ? "dark" : "light");
preferred.onchange = () => showTheme(theme());
$("theme").onclick = () => {
  kept.set("theme", theme() === "dark" ? "light" : "dark");
  showTheme(theme());
};

showTheme(theme());
showNames();
connect();

// The board in the teacher's browser: the stream, and the switches.
"use strict";

import * as grid from "./grid.js";
import { showMistakes, showStuck, showSummary } from "./lists.js";
import { $, element, write } from "./parts.js";

const QUIET = 25000; // ms without a word from the server, which says one every 10 s
const SORT = 2000; // ms between sortings: rows that jump can't be read

const kept = {
  // A browser may refuse to keep anything; then a reload begins anew.
  get(name) { try { return localStorage.getItem(`board ${name}`); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(`board ${name}`, value); } catch { /* not kept */ } },
};

let hidden = kept.get("names") === "hidden";
let chosen = location.hash.slice(1); // a chapter; "" follows the class
let stream, heard = 0, lost = null, again = null;
let state = {};

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

function take({ fresh, rows, ...sections }) {
  if (fresh) {
    state = {};
    wipe();
  }
  Object.assign(state, sections);
  if ("columns" in sections) grid.showColumns(state.columns);
  for (const [number, change] of Object.entries(rows || {})) grid.takeRow(number, change);
  if ("summary" in sections) showSummary(state.summary, grid.isEmpty());
  if ("stuck" in sections) showStuck(state.stuck);
  if ("misconceptions" in sections) showMistakes(state.misconceptions);
  if ("chapters" in sections || "chapter" in sections) showChapters();
  if ("refused" in sections) {
    $("refused").hidden = !state.refused.length;
    write($("refused").lastElementChild, state.refused.join(" · "));
  }
  if ("trouble" in sections) {
    $("trouble").hidden = !state.trouble;
    write($("trouble"), state.trouble);
  }
  if (fresh) grid.sort();
}

/** Nothing of anybody stays on the page. */
function wipe() {
  grid.wipe();
  $("stuck").replaceChildren();
  $("mistakes").replaceChildren();
  write($("refused").lastElementChild, "");
}

setInterval(() => {
  if (!document.hidden) requestAnimationFrame(grid.sort);
}, SORT);

// The switches

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

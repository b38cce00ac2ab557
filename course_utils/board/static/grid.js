// The grid: exercise × learner, in which only what changed is touched.
"use strict";

import { $, count, element, write } from "./parts.js";

const SIGNS = { p: "✓", w: "✗", o: "○" };
const WORDS = { p: "passed", w: "not passed yet", o: "touched" };

let columns = []; // of the chapter that is shown
let rows = new Map(); // learner → what is known of them
let shown = new Map(); // learner → { row, name, at, cells: exercise → cell, now: the cell where they are }
let unsorted = false;

export function wipe() {
  rows = new Map();
  shown = new Map();
  $("rows").replaceChildren();
  $("columns").replaceChildren();
}

export function isEmpty() {
  return rows.size === 0;
}

export function showColumns(now) {
  columns = now;
  const names = columns.map((column) => column.id).join();
  if ($("columns").dataset.names !== names || !$("columns").children.length) {
    $("columns").dataset.names = names;
    $("columns").replaceChildren(
      element("th", { scope: "col", className: "who", textContent: "Learner" }),
      element("th", { scope: "col", className: "at", textContent: "Now at" }),
      ...columns.map(headOf),
    );
  }
  columns.forEach((column, n) => {
    const [share, at, bar] = $("columns").children[n + 2].children;
    write(share, `${column.share} %`);
    write(at, column.here ? `${column.here} here` : "\u00a0");
    bar.firstElementChild.style.width = `${column.share}%`;
  });
}

function headOf(column) {
  const bar = element("span", { className: "bar" }, element("i"));
  bar.setAttribute("aria-hidden", "true");
  return element("th", { scope: "col", title: column.title }, column.id, element("small"), element("small"), bar);
}

/** `change`: what is new of this learner, or null if there is none of them any more. */
export function takeRow(number, change) {
  if (change === null) {
    if (shown.has(number)) shown.get(number).row.remove();
    shown.delete(number);
    rows.delete(number);
    return;
  }
  const before = rows.get(number) || { cells: {} };
  const now = { ...before, ...change, cells: { ...before.cells, ...change.cells } };
  rows.set(number, now);
  const mine = shown.get(number) || newRow(number);
  write(mine.name, now.name);
  mine.name.title = now.name; // a long one is cut off
  write(mine.at, now.at);
  mine.row.classList.toggle("left", now.left);
  mine.at.title = now.left ? "has left" : "";
  for (const id of Object.keys(change.cells || {})) showCell(mine.cells.get(id), now.cells[id]);
  const here = mine.cells.get(now.at);
  if (here !== mine.now) {
    if (mine.now) mine.now.classList.remove("now");
    if (here) here.classList.add("now");
    mine.now = here;
  }
  unsorted = unsorted || "passed" in change || "all" in change;
}

function newRow(number) {
  const row = element("tr"), name = element("th", { scope: "row", className: "who" }), at = element("td", { className: "at" });
  name.dir = "auto";
  const cells = new Map(columns.map((column) => [column.id, element("td")]));
  row.append(name, at, ...cells.values());
  $("rows").append(row);
  const made = { row, name, at, cells, now: undefined };
  shown.set(number, made);
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
export function sort() {
  if (!unsorted) return;
  unsorted = false;
  const order = [...rows].sort(([, a], [, b]) => b.passed - a.passed || b.all - a.all || byName(a.name, b.name));
  let next = $("rows").firstElementChild;
  for (const [number] of order) {
    const { row } = shown.get(number);
    if (row === next) next = next.nextElementSibling;
    else $("rows").insertBefore(row, next);
  }
}

const byName = new Intl.Collator(undefined, { numeric: true }).compare;

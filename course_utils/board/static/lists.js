// One line on the class, who is stuck, and which misconceptions there are.
"use strict";

import { $, count, element, spoken, write } from "./parts.js";

/** `nobody`: not one row, of learners who left either. */
export function showSummary({ here, active, stuck, median, title, planned, behind }, nobody) {
  write($("here"), String(here));
  write($("active"), String(active));
  write($("stuck-count"), String(stuck));
  write($("median"), median || "–");
  write($("median-title"), median ? `is the median: ${title}` : "where the median is");
  let pace = planned && median ? "not in the plan" : "";
  if (behind !== null) pace = behind ? `${duration(Math.abs(behind))} ${behind > 0 ? "behind" : "ahead of"} the plan` : "in time";
  write($("pace"), pace);
  $("pace").className = behind > 0 ? "behind" : behind < 0 ? "ahead" : "";
  $("invitation").hidden = here > 0 || !nobody;
  $("how").hidden = !$("invitation").hidden;
}

function duration(minutes) {
  return minutes < 120 ? count(minutes, "minute") : `${Math.round(minutes / 60)} hours`;
}

export function showStuck(stuck) {
  $("nobody-stuck").hidden = stuck.length > 0;
  $("stuck").replaceChildren(
    ...stuck.map((each) => {
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

export function showMistakes(misconceptions) {
  $("no-mistakes").hidden = misconceptions.length > 0;
  $("mistakes").replaceChildren(
    ...misconceptions.map((each) => {
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

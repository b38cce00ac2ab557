// Figures, formulas, and boxes that a keyboard can scroll. Nothing is fetched: all of it lies beside the page.
"use strict";

const INK = { light: "#4a4a4a", dark: "#c4c9cf" };
const GREY = /#7a7a7a/gi; // the figures' text, readable on any page; here the page is known
const QUIET = { mode: "immediate", frame: { duration: 0, redraw: true }, transition: { duration: 0 } };
const STEP = 150; // milliseconds a picture of an animation is seen

const theme = () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light");
const touched = matchMedia("(pointer: coarse)");

function parts(figure) {
  const text = figure.querySelector("script[type='application/json']").textContent;
  return JSON.parse(text.replace(GREY, INK[theme()]));
}

async function draw(figure) {
  const plot = figure.querySelector(".plot");
  const { data, layout, frames, film } = parts(figure);
  const again = plot.classList.contains("js-plotly-plot");
  if (touched.matches) layout.dragmode = false; // a finger that scrolls the page doesn't zoom
  await Plotly.react(plot, data, layout, { responsive: true, displayModeBar: false });
  if (!film) return;
  if (again) await Plotly.deleteFrames(plot);
  await Plotly.addFrames(plot, frames);
  if (again) figure.querySelector("input").dispatchEvent(new Event("input"));
  else figure.append(player(plot, film));
}

// Play, pause and a slider: Plotly's own can't be reached with a keyboard.
function player(plot, film) {
  const box = document.createElement("div");
  const button = document.createElement("button");
  const slider = document.createElement("input");
  const label = document.createElement("output");
  box.className = "player";
  button.type = "button";
  Object.assign(slider, { type: "range", min: 0, max: film.frames.length - 1, value: film.active });
  slider.setAttribute("aria-label", "Picture of the animation");
  let timer = null;
  const show = () => {
    label.value = film.prefix + film.labels[slider.value];
    slider.setAttribute("aria-valuetext", label.value);
    return Plotly.animate(plot, [film.frames[slider.value]], QUIET).catch(() => {}); // another took its place
  };
  const pause = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = "▶ Play";
  };
  const play = () => {
    if (+slider.value === film.frames.length - 1) slider.value = 0;
    button.textContent = "❚❚ Pause";
    timer = setInterval(() => {
      if (+slider.value === film.frames.length - 1) return pause();
      slider.value = +slider.value + 1;
      show();
    }, STEP);
    show();
  };
  button.addEventListener("click", () => (timer === null ? play() : pause()));
  slider.addEventListener("input", show);
  pause();
  label.value = film.prefix + film.labels[film.active];
  slider.setAttribute("aria-valuetext", label.value);
  box.append(button, slider, label);
  return box;
}

// A figure is drawn when it comes near; one behind a click, when it is opened.
function figures() {
  const all = [...document.querySelectorAll(".course-figure")];
  if (!all.length || !window.Plotly) return;
  const drawn = new Set();
  const start = (figure) => {
    if (drawn.has(figure)) return;
    drawn.add(figure);
    draw(figure).then(() => figure.classList.add("drawn"));
  };
  const near = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => start(entry.target)),
    { rootMargin: "600px" },
  );
  all.forEach((figure) => near.observe(figure));
  window.addEventListener("beforeprint", () => all.filter((figure) => figure.offsetParent).forEach(start));
  new MutationObserver(() => drawn.forEach(draw)).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

function formulas() {
  if (!window.katex) return;
  for (const place of document.querySelectorAll(".formula")) {
    katex.render(place.textContent, place, { displayMode: place.tagName === "DIV", throwOnError: false });
  }
}

// What is wider than the page can be scrolled with the keyboard.
function scrollable() {
  const tables = ".pst-scrollable-table-container"; // the theme marks them too, a third of a second late
  const boxes = document.querySelectorAll(`.printed, .shown, .canvas, div.formula, div.highlight pre, ${tables}`);
  const mark = (box) => (box.scrollWidth > box.clientWidth ? (box.tabIndex = 0) : box.removeAttribute("tabindex"));
  const watch = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
  boxes.forEach((box) => watch.observe(box));
  document.fonts.ready.then(() => boxes.forEach(mark)); // a font that comes late makes a formula wider
}

// A link to something behind a click opens it.
function open() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let box = target && target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  if (target) target.scrollIntoView();
}

formulas();
scrollable();
figures();
open();
window.addEventListener("hashchange", open);

// Slides of a folder: reveal.js turns them, course.js draws their figures. ?print-pdf lays all of them out for paper.
"use strict";

const paper = /print-pdf/.test(location.search);
const dark = matchMedia("(prefers-color-scheme: dark)");
const dress = () => { document.documentElement.dataset.theme = dark.matches && !paper ? "dark" : "light"; };

dress();
dark.addEventListener("change", dress);

const pages = new Promise((ready) => Reveal.on("pdf-ready", ready));

Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0.02,
  center: false,
  hash: true,
  slideNumber: "c/t",
  controlsLayout: "edges",
  transition: "none",
  backgroundTransition: "none",
  pdfMaxPagesPerSlide: 1,
});

// On paper every figure is drawn at once; `ask` then opens the browser's print dialogue.
if (paper) {
  const loaded = new Promise((ready) => window.addEventListener("load", ready));
  Promise.all([pages, loaded]).then(async () => {
    window.dispatchEvent(new Event("beforeprint"));
    const waiting = () => document.querySelector(".course-figure:not(.drawn)");
    while (waiting()) await new Promise((next) => setTimeout(next, 50));
    document.documentElement.dataset.printable = "yes";
    if (/ask/.test(location.search)) window.print();
  });
} else {
  window.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "p") {
      event.preventDefault();
      location.href = `${location.pathname}?print-pdf&ask`;
    }
  });
}

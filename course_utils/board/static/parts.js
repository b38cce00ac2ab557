// What all parts of the page are made with. Whatever comes from outside becomes text, never markup.
"use strict";

export const $ = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Text in which `backticks` are code. */
export function spoken(text) {
  return text.split(/`([^`]+)`/).map((part, n) => (n % 2 ? element("code", { textContent: part }) : part));
}

export function count(n, one, many = `${one}s`) {
  return `${n} ${n === 1 ? one : many}`;
}

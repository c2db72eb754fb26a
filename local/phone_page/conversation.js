// Shows one conversation. Texts are set as text, never as HTML.

import { day, segments, time } from "./format.js";

const log = document.getElementById("log");
const list = document.getElementById("messages");
const empty = document.getElementById("empty");
let shown = [];
let atEnd = true;

// The end stays in view when the box below grows or a notice appears above.
log.addEventListener("scroll", () => {
  atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
});
new ResizeObserver(() => atEnd && scrollToEnd()).observe(log);

/** Show these entries. What is shown already stays, so that only new ones are read aloud. */
export function show(entries) {
  const keeps = shown.length <= entries.length && shown.every((entry, i) => same(entry, entries[i]));
  if (!keeps) clear();

  for (const entry of entries.slice(shown.length)) {
    const before = shown.at(-1);
    if (!before || day(before.at) !== day(entry.at)) list.append(separator(entry));
    list.append(bubble(entry));
    shown.push(entry);
  }
  empty.hidden = shown.length > 0;
  if (atEnd) scrollToEnd();
  log.ariaBusy = "false";
}

export function isShown() {
  return log.ariaBusy === "false";
}

/** Before another conversation is shown: it opens at its end, and is not read aloud whole. */
export function clear() {
  shown = [];
  atEnd = true;
  log.ariaBusy = "true";
  list.replaceChildren();
  empty.hidden = true;
}

export function scrollToEnd() {
  atEnd = true;
  log.scrollTop = log.scrollHeight;
}

function same(one, other) {
  return one.at === other.at && one.direction === other.direction && one.text === other.text;
}

function separator(entry) {
  const item = element("li", "day");
  item.append(element("span", "", day(entry.at)));
  return item;
}

function bubble(entry) {
  const mine = entry.direction === "in";
  const item = element("li", mine ? "message mine" : "message theirs");
  item.append(element("span", "unseen", mine ? "Sie: " : "Freischalt: "));
  item.append(element("p", "bubble", entry.text));
  const when = element("time", "", time(entry.at));
  when.dateTime = entry.at;
  const meta = element("p", "meta");
  meta.append(when, ` · ${segments(entry.segments)}`);
  item.append(meta);
  return item;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

// The list of phones to hold, and the form for any other number. The address says which is held:
// "#+436601234567"; "#telefone" shows the list on a small screen.

import { e164, phone } from "./format.js";
import { isOpen as mailsAreOpen } from "./mails.js";

const list = document.getElementById("phones");
const form = document.getElementById("other");
const input = document.getElementById("number");
const error = document.getElementById("number-error");
const known = [];
let number = null;

/** Fill the list, and open the first phone unless the address names one. */
export function start(phones) {
  for (const one of phones) add(one);
  number = phones[0].number;
  form.addEventListener("submit", openTyped);
  input.addEventListener("input", () => complain(""));
  if (!named() && !choosing() && !mailsAreOpen()) location.replace(`#${number}`);
}

/** The phone held: the one that the address names, or that it named last. */
export function held() {
  return known.find((one) => one.number === number);
}

/** Follow the address. Links stay in place, so that the keyboard's focus does. */
export function follow() {
  document.getElementById("app").classList.toggle("choosing", choosing());
  number = named() ?? number;
  if (!held()) add({ number, label: "Andere Nummer" });
  for (const link of list.querySelectorAll("a")) {
    if (link.hash === `#${number}` && !mailsAreOpen()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function named() {
  return e164(decodeURIComponent(location.hash.slice(1)));
}

function choosing() {
  return location.hash === "#telefone";
}

function add(one) {
  known.push(one);
  const link = document.createElement("a");
  link.href = `#${one.number}`;
  link.append(badge(one.label), part("label", one.label), part("number", phone(one.number)));
  const item = document.createElement("li");
  item.append(link);
  list.append(item);
}

// "Müller Maschinenbau 1" becomes M1; one colour for each first letter
function badge(label) {
  const made = part("badge", label[0] + (label.match(/\d+$/)?.[0] ?? ""));
  made.dataset.tone = String(label.charCodeAt(0) % 4);
  made.setAttribute("aria-hidden", "true");
  return made;
}

function part(className, text) {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

function openTyped(event) {
  event.preventDefault();
  const typed = e164(input.value);
  if (!typed) return complain("Bitte mit Ländervorwahl, zum Beispiel +43 660 1234567.");
  input.value = "";
  location.hash = `#${typed}`;
}

function complain(message) {
  error.textContent = message;
  input.toggleAttribute("aria-invalid", Boolean(message));
  if (message) input.focus();
}

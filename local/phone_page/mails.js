// Shows the e-mails that were sent, the newest first. Everything in them is set as text, never as
// HTML. The address "#mails" opens them.

import * as api from "./api.js";
import { day, time } from "./format.js";

const ADDRESS = /^[^@]+@[^@]+$/;
const form = document.getElementById("mails-to");
const input = document.getElementById("address");
const error = document.getElementById("address-error");
const list = document.getElementById("mails");
const empty = document.getElementById("mails-empty");
let address = ""; // of whom to show; empty: of all
let shown = "";

/** @param {() => void} refresh called when other mails are wanted */
export function start(refresh) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = input.value.trim();
    if (typed && !ADDRESS.test(typed)) {
      return complain("Bitte eine Adresse, zum Beispiel name@firma.at.");
    }
    complain("");
    address = typed;
    refresh();
  });
  input.addEventListener("input", () => complain(""));
}

export function isOpen() {
  return location.hash === "#mails";
}

/** Follow the address of the page: show the mails, or what was shown instead. */
export function follow() {
  document.getElementById("app").classList.toggle("mailing", isOpen());
  const link = document.getElementById("to-mails");
  if (isOpen()) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

export async function refresh() {
  const asked = address;
  const mails = await api.mails(asked);
  if (asked !== address) return; // another address was typed meanwhile
  const seen = JSON.stringify(mails);
  if (seen === shown) return; // what somebody is copying stays in place
  shown = seen;
  list.replaceChildren(...mails.reverse().map(card));
  empty.hidden = mails.length > 0;
}

function card(mail) {
  const item = element("li", "mail");
  item.append(element("h3", "", mail.subject));
  const when = element("time", "", `${day(mail.at)}, ${time(mail.at)}`);
  when.dateTime = mail.at;
  const meta = element("p", "meta", `an ${mail.to} · `);
  meta.append(when);
  item.append(meta, element("p", "mail-text", mail.text));
  if (mail.attachments.length) item.append(attachments(mail));
  return item;
}

function attachments(mail) {
  const files = element("p", "meta mail-files", "Anhänge: ");
  mail.attachments.forEach((name, number) => {
    const link = element("a", "", name);
    link.href = `/mails/${encodeURIComponent(mail.id)}/attachments/${number}`;
    link.download = name;
    files.append(link, " ");
  });
  return files;
}

function complain(message) {
  error.textContent = message;
  input.toggleAttribute("aria-invalid", Boolean(message));
  if (message) input.focus();
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

// The page: holds a phone, sends its texts, and asks every second what is new. At "#mails" it shows
// e-mails instead.

import * as api from "./api.js";
import * as clock from "./clock.js";
import * as compose from "./compose.js";
import * as conversation from "./conversation.js";
import { phone } from "./format.js";
import * as mails from "./mails.js";
import * as phones from "./phones.js";

const EVERY = 1000; // milliseconds
const offline = document.querySelectorAll(".offline"); // one in each view
const optedOut = document.getElementById("opted-out");

async function refresh() {
  await clock.refresh(); // first: it decides which day is today
  if (mails.isOpen()) return mails.refresh();
  const { number } = phones.held();
  const [entries, isOptedOut] = await Promise.all([api.messages(number), api.optedOut(number)]);
  if (number !== phones.held().number) return; // the phone was changed meanwhile
  conversation.show(entries);
  if (optedOut.hidden === isOptedOut) optedOut.hidden = !isOptedOut;
}

async function send(text) {
  await api.send(phones.held().number, text);
  await reachable(refresh);
  conversation.scrollToEnd();
}

// Say once that the server is gone, and take it back when it answers again.
async function reachable(action) {
  try {
    await action();
    sayOffline("");
    return true;
  } catch (failure) {
    if (!(failure instanceof api.Failure)) throw failure;
    sayOffline(failure.message);
    return false;
  }
}

function sayOffline(message) {
  for (const notice of offline) {
    if (notice.textContent !== message) notice.textContent = message;
    notice.hidden = !message;
  }
}

async function poll() {
  if (!document.hidden) await reachable(refresh);
  setTimeout(poll, EVERY);
}

function hold() {
  const before = phones.held();
  phones.follow();
  const { number, label } = phones.held();
  document.getElementById("sender").textContent = `${phone(number)} · ${label}`;
  mails.follow();
  if (mails.isOpen()) return reachable(refresh);
  if (phones.held() === before && conversation.isShown()) return; // only looked at the list
  compose.complain("");
  optedOut.hidden = true;
  conversation.clear();
  reachable(refresh);
}

async function load() {
  const [known, { serviceNumber }] = await Promise.all([api.phones(), api.health()]);
  document.getElementById("service-number").textContent = phone(serviceNumber);
  phones.start(known);
  compose.start(send);
  clock.start();
  mails.start(() => reachable(refresh));
  addEventListener("hashchange", hold);
  document.getElementById("opt-in").addEventListener("click", async () => {
    await reachable(() => api.optIn(phones.held().number));
    await reachable(refresh);
    document.getElementById("text").focus();
  });
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address names the phone, not the place on the page
    document.getElementById(mails.isOpen() ? "address" : "text").focus();
  });
  hold();
  poll();
}

async function start() {
  if (!(await reachable(load))) setTimeout(start, EVERY);
}

start();

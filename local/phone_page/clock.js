// The stack's clock: shows it, and puts it forward, to watch what happens when a licence ends.

import * as api from "./api.js";

const WHEN = new Intl.DateTimeFormat("de-AT", { dateStyle: "long", timeStyle: "short" });
const DAY = 24 * 3600;
const shown = document.getElementById("clock-now");
const ahead = document.getElementById("clock-ahead");
const moves = document.getElementById("clock-moves");
const error = document.getElementById("clock-error");
const said = document.getElementById("clock-said");
let aheadSeconds = 0;

/** What time it is for the stack. */
export function now() {
  return new Date(Date.now() + aheadSeconds * 1000);
}

export function start() {
  for (const button of moves.querySelectorAll("button")) {
    button.addEventListener("click", () => move(Number(button.dataset.days)));
  }
}

export async function refresh() {
  show(await api.clock());
}

async function move(days) {
  if (moves.getAttribute("aria-busy")) return; // one step at a time, however often it is tapped
  moves.setAttribute("aria-busy", "true");
  try {
    show(await api.moveClock(days));
    error.textContent = "";
    said.textContent = `Die Uhr steht jetzt auf ${shown.textContent}.`;
  } catch (failure) {
    if (!(failure instanceof api.Failure)) throw failure;
    error.textContent = failure.message;
  } finally {
    moves.removeAttribute("aria-busy");
  }
}

function show(clock) {
  aheadSeconds = clock.aheadSeconds;
  put(shown, WHEN.format(new Date(clock.now)));
  shown.dateTime = clock.now;
  put(ahead, aheadSeconds ? `${distance(aheadSeconds)} voraus; zurück geht sie nicht` : "geht genau");
}

// what a screen reader is at, or somebody is copying, stays in place
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function distance(seconds) {
  const days = Math.floor(seconds / DAY);
  const hours = Math.floor((seconds % DAY) / 3600);
  const parts = [days && (days === 1 ? "1 Tag" : `${days} Tage`)];
  parts.push(hours && (hours === 1 ? "1 Stunde" : `${hours} Stunden`));
  return parts.filter(Boolean).join(", ");
}

// How numbers, times and counts look to people.

import { now as clockNow } from "./clock.js";

const TIME = new Intl.DateTimeFormat("de-AT", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("de-AT", { weekday: "long", day: "numeric", month: "long" });
const E164 = /^\+[1-9][0-9]{6,14}$/;

/** "+436601234567" becomes "+43 660 1234567"; numbers of other countries stay as they are. */
export function phone(number) {
  return number.replace(/^(\+4[139])(\d{3})(\d+)$/, "$1 $2 $3");
}

/** What a person typed, as E.164; null if it is none. Only separators and 00 are understood. */
export function e164(typed) {
  const number = typed.replace(/[\s()/.-]/g, "").replace(/^00/, "+");
  return E164.test(number) ? number : null;
}

export function time(at) {
  return TIME.format(new Date(at));
}

export function day(at, now = clockNow()) {
  const when = new Date(at);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (when.toDateString() === now.toDateString()) return "Heute";
  if (when.toDateString() === yesterday.toDateString()) return "Gestern";
  return DAY.format(when);
}

export function segments(number) {
  return number === 1 ? "1 Segment" : `${number} Segmente`;
}

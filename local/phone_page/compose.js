// The box to write in: counts as one types, sends by Enter or button, keeps what was not sent.

import { segments } from "./format.js";
import { count } from "./segments.js";

const LONGEST = 1600;
const EXAMPLES = [
  "cl.31.1234567890ABCDEF",
  "Ich bestelle verbindlich 5P 1234567890ABCDEF",
  "cl.E.1234567890ABCDEF",
  "HILFE",
];

const form = document.getElementById("compose");
const box = document.getElementById("text");
const button = document.getElementById("send");
const counter = document.getElementById("counter");
const error = document.getElementById("send-error");
let sending = false;

/** @param {(text: string) => Promise<void>} send rejects with a message that can be shown */
export function start(send) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(send);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit(send);
  });
  box.addEventListener("input", update);
  document.getElementById("examples").replaceChildren(...EXAMPLES.map(chip));
  update();
}

export function complain(message) {
  error.textContent = message;
}

async function submit(send) {
  const text = box.value;
  if (sending || !sendable(text)) return;
  sending = true;
  button.disabled = true;
  complain("");
  try {
    await send(text);
    if (box.value === text) box.value = "";
  } catch (failure) {
    complain(failure.message);
  } finally {
    sending = false;
    update();
    box.focus();
  }
}

function sendable(text) {
  return text.length > 0 && [...text].length <= LONGEST;
}

function update() {
  const text = box.value;
  const characters = [...text].length;
  const counted = count(text);
  counter.textContent = text
    ? `${characters} Zeichen · ${counted.encoding} · ${segments(counted.segments)}`
    : "0 Zeichen";
  counter.classList.toggle("over", characters > LONGEST);
  button.disabled = sending || !sendable(text);
}

function chip(example) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = example;
  made.addEventListener("click", () => {
    box.value = example;
    complain("");
    update();
    box.focus();
  });
  const item = document.createElement("li");
  item.append(made);
  return item;
}

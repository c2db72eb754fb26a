// The phone's API. Whatever goes wrong becomes a Failure whose message can be shown.

export class Failure extends Error {
  /** @param {"offline"|"refused"} kind offline: the local server did not answer */
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

const RULES = {
  max_length: "Die Nachricht ist zu lang: höchstens 1600 Zeichen.",
  not_empty: "Die Nachricht ist leer.",
  characters: "Die Nachricht enthält Zeichen, die kein Telefon senden kann.",
  e164: "Die Rufnummer ist ungültig.",
  address: "Die Adresse ist ungültig.",
  too_far: "Weiter geht die Uhr nicht: höchstens zehn Jahre voraus.",
};

export const phones = () => call("/phones");
export const health = () => call("/health");
export const messages = (phone) => call(`/messages?phone=${encodeURIComponent(phone)}`);
export const optedOut = async (phone) => (await call(optOuts(phone))).optedOut;
export const mails = (to) => call(`/mails?to=${encodeURIComponent(to || "*")}`);
export const optIn = (phone) => call(optOuts(phone), { method: "DELETE" });
export const clock = () => call("/clock");
export const moveClock = (days) => post("/clock", { days });
export const send = (from, text) => post("/messages", { from, text });

function post(path, body) {
  return call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

function optOuts(phone) {
  return `/opt-outs?phone=${encodeURIComponent(phone)}`;
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(20000) });
  } catch {
    throw new Failure("offline", "Der lokale Server antwortet nicht. Läuft „make run“ noch?");
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  throw new Failure("refused", await reason(response));
}

async function reason(response) {
  const body = await response.json().catch(() => ({}));
  if (body.error === "publish_failed") {
    return "Nicht gesendet: Der lokale Stack nimmt gerade keine SMS an. Bitte später noch einmal.";
  }
  if (body.error === "mails_unavailable") return "Der lokale Stack zeigt gerade keine E-Mails.";
  return RULES[body.errors?.[0]?.rule] ?? `Das hat nicht geklappt (Fehler ${response.status}).`;
}

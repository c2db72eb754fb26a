// One session of the stand-in: what it is for, what a customer can do, how the product hears of it.

const LATE_SECONDS = 30;
const id = location.pathname.split("/").pop();
const find = (name) => document.getElementById(name);
const money = (cents, currency) =>
  new Intl.NumberFormat("de", { style: "currency", currency }).format(cents / 100);

async function call(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error?.message || `Fehler ${answer.status}`);
  return told;
}

async function show() {
  const session = await call(`/_pages/${id}`);
  find("order").textContent = session.client_reference_id || session.id;
  find("lines").replaceChildren(
    ...session.lines.map((line) => {
      const row = document.createElement("tr");
      const [text, price] = [document.createElement("th"), document.createElement("td")];
      text.scope = "row";
      text.textContent = line.text;
      price.textContent = money(line.cents, session.currency);
      row.append(text, price);
      return row;
    }),
  );
  find("total").textContent = money(session.amount_total, session.currency);
  find("pay").hidden = session.status !== "open";
  find("slow").hidden = session.status !== "complete" || session.payment_status === "paid";
  for (const button of find("manners").children)
    button.setAttribute("aria-pressed", String(button.dataset.manner === session.manner));
  if (session.payment_status === "paid") tell("Bezahlt.");
  else if (session.status === "expired") tell("Diese Seite ist nicht mehr gültig.");
}

function tell(text) {
  find("told").textContent = text;
}

async function press({ choice, outcome, manner }) {
  if (manner) {
    await call("/_orders", { manner, seconds: manner === "late" ? LATE_SECONDS : 0 });
  } else if (outcome) {
    await call(`/_pages/${id}/outcome`, { outcome });
  } else {
    const { to } = await call(`/_pages/${id}`, { choice });
    if (choice === "slow") history.replaceState(null, "", location.href);
    else return location.assign(to);
  }
  return show();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) press(button.dataset).catch((error) => tell(error.message));
});
show().catch((error) => tell(error.message));

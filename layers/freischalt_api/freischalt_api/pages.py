"""The pages that mailed links and payments lead to, the API's own document, and Swagger UI.

A link is opened by mail scanners, too: so the page asks for a click before it uses the link up.
"""

from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from freischalt_api.api import Api

DOCUMENT = Path(__file__).with_name("openapi.json")
HTML = "text/html; charset=utf-8"
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}
PAGE = """<!doctype html>
<html lang="de"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Freischalt</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}}
button,input{{font:inherit;padding:.5rem 1rem}}input{{display:block;margin:.5rem 0;width:16rem}}
</style></head><body><h1>{title}</h1><form id="form">{field}
<button>{button}</button></form><p id="told" role="status"></p>
<script>
document.getElementById("form").addEventListener("submit", async (event) => {{
  event.preventDefault();
  const body = {{token: new URLSearchParams(location.search).get("token") || ""}};
  const field = document.getElementById("password");
  if (field) body.password = field.value;
  const answer = await fetch(location.pathname, {{
    method: "POST", body: JSON.stringify(body), headers: {{"Content-Type": "application/json"}},
  }});
  const problem = answer.ok ? null : await answer.json();
  document.getElementById("told").textContent = answer.ok ? "{done}"
    : [problem.detail, ...(problem.errors || []).map((each) => each.detail)].join(" · ");
}});
</script></body></html>
"""
NOTE = """<!doctype html>
<html lang="de"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Freischalt</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}}
</style></head><body><h1>Freischalt</h1><p>{german}</p><p lang="en">{english}</p></body></html>
"""


def add_pages(app: Api) -> None:
    @app.get("/registrations/validation", include_in_schema=False)
    def get_validation_page() -> Response[str]:
        return _page(
            title="Registrierung bestätigen",
            field="",
            button="Jetzt bestätigen",
            done="Bestätigt. Sie können sich jetzt anmelden.",
        )

    @app.get("/password-resets/redemption", include_in_schema=False)
    def get_redemption_page() -> Response[str]:
        return _page(
            title="Neues Passwort",
            field='<label>Neues Passwort <input id="password" type="password" '
            'autocomplete="new-password"></label>',
            button="Speichern",
            done="Gespeichert. Sie können sich jetzt anmelden.",
        )

    @app.get("/payments/done", include_in_schema=False)
    def get_done_page() -> Response[str]:
        """The browser comes back here; that money came is for the provider to tell, not for it."""
        return _note(
            "Vielen Dank. Sobald Ihre Zahlung eingegangen ist, erhalten Sie eine E-Mail.",
            "Thank you. As soon as your payment has arrived you will get an e-mail.",
        )

    @app.get("/payments/cancelled", include_in_schema=False)
    def get_cancelled_page() -> Response[str]:
        return _note(
            "Sie haben nicht bezahlt. Ihre Bestellung wartet weiter auf Ihre Zahlung.",
            "You have not paid. Your order still waits for your payment.",
        )

    @app.get("/plants/<plant>/renewal", include_in_schema=False)
    def get_renewal_page(plant: str) -> Response[str]:  # noqa: ARG001 - it is in the link
        """For vendors without pages of their own: whose licence it is, is nobody's business."""
        return _note(
            "Bitte melden Sie sich bei Ihrem Anbieter an, um die Nutzungslizenz dieser Anlage zu "
            "kaufen oder zu erneuern.",
            "Please sign in at your vendor's to buy or renew the licence of this plant.",
        )

    @app.get("/openapi.json", include_in_schema=False)
    def get_document() -> Response[str]:
        """Made from the routes: see `freischalt_api.document`."""
        return Response(200, "application/json", DOCUMENT.read_text("utf-8"))


def add_swagger(app: Api) -> None:
    """Swagger UI, for operators: one file that needs nothing from elsewhere."""

    @app.get("/operator/swagger", include_in_schema=False)
    def get_swagger() -> Response[str]:
        from aws_lambda_powertools.event_handler.openapi import swagger_ui  # noqa: PLC0415

        files = Path(swagger_ui.__file__).parent
        script, style = (
            (files / name).read_text("utf-8")
            for name in ("swagger-ui-bundle.min.js", "swagger-ui.min.css")
        )
        spec = DOCUMENT.read_text("utf-8").replace("</", "<\\/")
        html = swagger_ui.generate_swagger_html(spec, script, style, "", None)
        return Response(200, HTML, html, {"Cache-Control": "no-store"})


def _note(german: str, english: str) -> Response[str]:
    return Response(200, HTML, NOTE.format(german=german, english=english), dict(HEADERS))


def _page(**texts: str) -> Response[str]:
    return Response(200, HTML, PAGE.format(**texts), dict(HEADERS))

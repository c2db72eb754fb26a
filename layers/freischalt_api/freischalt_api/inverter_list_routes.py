"""Lists of inverters: a template to fill in, a form to upload it with, and what came of it."""

from base64 import b64encode
from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from freischalt.domain.ids import PlantId
from freischalt.domain.inverter_list import (
    LARGEST_FILE,
    UPLOAD_WITHIN,
    InverterList,
    ListColumn,
    ListProblem,
    ListRule,
    ListState,
)
from freischalt.domain.user import Language
from freischalt.list_ports import ListUploads
from freischalt.texts_lists import told
from freischalt.use_cases.inverter_lists import NewList, ask_for_upload, invitation, known_list
from freischalt.use_cases.office import Office
from freischalt_api.api import Api, IdempotencyKey, path
from freischalt_api.list_template import CONTENT_TYPE, NAME, list_template
from freischalt_api.plant_paths import PlantNo
from freischalt_api.problems import ok
from freischalt_api.shapes import In, Out

LIST = r"^[0-9]{13}-[0-9a-f]{12}$"


class NewListIn(In):
    accept_growth: Annotated[
        bool,
        Field(
            strict=True,
            description="Agrees that the licence ends if the list brings more power than licensed",
        ),
    ] = False


class UploadOut(Out):
    """A form: POST the fields, in this order, and then `file`, as multipart/form-data."""

    url: str
    fields: dict[str, str]
    until: datetime
    most_bytes: int


class ListProblemOut(Out):
    row: int | None = Field(description="As the spreadsheet shows it; null: it is the whole file's")
    column: ListColumn | None
    rule: ListRule
    detail: str


class InverterListOut(Out):
    id: str
    plant_id: str
    state: ListState
    created_at: datetime
    ended_at: datetime | None
    accepts_growth: bool
    rows: int
    problems: list[ListProblemOut]
    more_problems: int = Field(description="So many more than are listed here")


class NewListOut(Out):
    id: str
    state: ListState
    upload: UploadOut


def add_inverter_lists(app: Api, office: Office, uploads: ListUploads) -> None:
    @app.get(
        "/inverter-list-template",
        tags=["Plants"],
        summary="The Excel file for a list of inverters",
        responses={200: {"description": "An .xlsx file", "content": {CONTENT_TYPE: {}}}},
    )
    def get_template() -> Response[str]:
        """Fill in a row for each inverter: its serial number, the code printed on it, its type."""
        answer = Response(
            status_code=200,
            content_type=CONTENT_TYPE,
            body=b64encode(list_template(office.sells.inverter_types)).decode(),
            headers={
                "Content-Disposition": f'attachment; filename="{NAME}"',
                "Cache-Control": "private, max-age=300",
            },
        )
        answer.base64_encoded = True  # the resolver would check bytes as if they were UTF-8
        return answer

    @app.post(
        "/plants/<plant_id>/inverter-lists",
        status_code=201,
        tags=["Plants"],
        summary="Upload a list of inverters",
    )
    def post_list(
        plant_id: PlantNo,
        new: Annotated[NewListIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> NewListOut:
        """Answers with a form for one file. All of its rows become inverters, or none."""
        app.user()
        account, plant = app.account(), PlantId(plant_id)
        asked = app.asked(idempotency_key, new.model_dump())
        wanted = NewList(account=account, plant=plant, accepts_growth=new.accept_growth)
        result = ok(ask_for_upload(wanted, office, asked))
        list_ = ok(known_list(account, plant, result["list"], office))
        upload = invitation(list_, uploads)
        return NewListOut(
            id=list_.id,
            state=list_.state,
            upload=UploadOut(
                url=upload.url,
                fields=dict(upload.fields),
                until=app.moment + UPLOAD_WITHIN,
                most_bytes=LARGEST_FILE,
            ),
        )

    @app.get(
        "/plants/<plant_id>/inverter-lists/<list_id>",
        tags=["Plants"],
        summary="What came of a list of inverters",
    )
    def get_list(plant_id: PlantNo, list_id: Annotated[str, path(LIST)]) -> InverterListOut:
        """Ask again every few seconds while it is `waiting` or `checking`."""
        list_ = ok(known_list(app.account(), PlantId(plant_id), list_id, office))
        return list_out(list_, app.language)


def list_out(list_: InverterList, language: Language) -> InverterListOut:
    return InverterListOut(
        id=list_.id,
        plant_id=list_.plant,
        state=list_.state,
        created_at=list_.created_at,
        ended_at=list_.ended_at,
        accepts_growth=list_.accepts_growth,
        rows=list_.rows,
        problems=[_problem_out(problem, language) for problem in list_.problems],
        more_problems=list_.more_problems,
    )


def _problem_out(problem: ListProblem, language: Language) -> ListProblemOut:
    return ListProblemOut(
        row=problem.row,
        column=problem.column,
        rule=problem.rule,
        detail=told(problem, language),
    )

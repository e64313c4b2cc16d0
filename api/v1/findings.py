"""What stands out in a submitted version, and which entries are near to it; for the ministry."""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import Response

from api.answers import as_json, personal
from api.audience import Audience
from api.deps import Db, Me, Now
from api.finding_words import sentence
from api.openapi import only, refusals
from api.v1.shapes import Code, Shape, VersionNumber
from registry.domain.errors import NotFound
from registry.domain.findings import Weight
from registry.domain.model import ReviewState
from registry.domain.similar import Reason
from registry.queries import entries
from registry.queries.findings import open_findings
from registry.queries.moments import moment
from registry.queries.similar import similar

router = APIRouter(prefix="/use-cases/{code}/versions/{n}/findings", tags=["versions"])


class FindingShape(Shape):
    """`field` is one of the standard's, empty for the whole entry; `params` are what the sentence
    is made with, `detail` the sentence in the reader's language."""

    code: str
    weight: Weight
    field: str
    params: dict[str, str]
    detail: str


class SimilarShape(Shape):
    """The newest submitted version of another entry. `shared`: how much of the texts the two have
    in common, of one; `duplicate`: perhaps the same application of the same city."""

    use_case: str
    version: int
    state: ReviewState
    title: str
    why: list[Reason]
    shared: float
    duplicate: bool


class FindingList(Shape):
    items: list[FindingShape]
    similar: list[SimilarShape]


@router.get(
    "",
    response_model=FindingList,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    dependencies=only(Audience.MINISTRY),
)
def every(db: Db, me: Me, now: Now, code: Code, n: VersionNumber) -> Response:
    """By the rules of the register, today; they decide nothing. The heaviest come first."""
    version = entries.numbered(db, me.actor, code, n)
    found = open_findings(db, [version.id], moment(db, now))
    if version.id not in found:
        raise NotFound
    return personal(
        as_json(
            FindingList(
                items=[
                    FindingShape(
                        code=each.code,
                        weight=each.weight,
                        field=each.field,
                        params=dict(each.params),
                        detail=sentence(each),
                    )
                    for each in found[version.id]
                ],
                similar=[
                    SimilarShape(
                        use_case=each.other.code,
                        version=each.other.number,
                        state=each.other.state,
                        title=each.other.title,
                        why=list(each.why),
                        shared=round(each.shared, 3),
                        duplicate=each.duplicate,
                    )
                    for each in similar(db, [version.id])[version.id]
                ],
            )
        )
    )

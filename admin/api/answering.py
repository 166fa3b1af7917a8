"""From what a handler answered to HTTP: headers, and the form in which an answer is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from starlette.responses import Response, StreamingResponse

from admin.api.problems import MEDIA_TYPE, ApiProblem
from admin.api.route import LongAnswer, Reply
from admin.web.headers import NEVER_KEPT, safe_headers

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """An answer as it is sent, and sent again to who asks under the same key."""

    status: int
    headers: dict[str, str]
    body: str = field(repr=False)

    def kept(self) -> str:
        return json.dumps([self.status, self.headers, self.body])

    @classmethod
    def of(cls, kept: str) -> WrittenAnswer:
        status, headers, body = json.loads(kept)
        return cls(status, headers, body)


def written(reply: Reply) -> WrittenAnswer:
    headers = {"location": reply.location} if reply.location else {}
    if reply.value is None:
        return WrittenAnswer(204, headers, "")
    body = reply.value.model_dump_json()
    return WrittenAnswer(reply.status, {**headers, "content-type": _JSON}, body)


def written_problem(problem: ApiProblem) -> WrittenAnswer:
    body = problem.body.model_dump_json(exclude_defaults=True)
    return WrittenAnswer(problem.status, {**problem.headers, "content-type": MEDIA_TYPE}, body)


def sent(answer: WrittenAnswer, *, secure: bool, again: bool = False) -> Response:
    headers = {**safe_headers(secure=secure), **NEVER_KEPT, **answer.headers}
    if again:
        headers["idempotency-replayed"] = "true"
    return Response(answer.body or None, answer.status, headers)


def streamed(lines: LongAnswer, *, secure: bool) -> Response:
    headers = {
        **safe_headers(secure=secure),
        **NEVER_KEPT,
        "content-type": lines.media_type,
        "content-disposition": f'attachment; filename="{lines.name}"',
    }
    return StreamingResponse(lines.lines, 200, headers)

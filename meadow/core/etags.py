"""ETags for public reads: a client that has the answer already is told so, and sent nothing."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags
from pydantic import BaseModel


def answer_with_etag(request: HttpRequest, answer: BaseModel, *, max_age: int = 0) -> HttpResponse:
    """Answer JSON under an ETag of its content; 304 when If-None-Match names it.

    Answers depend on who asks, so they are private and checked again each time by default.
    """
    body = answer.model_dump_json().encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if etag in known or known == ["*"]:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = f"private, max-age={max_age}" if max_age else "private, no-cache"
    return response

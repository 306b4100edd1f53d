"""The request id in every log line, so that an answer's id finds what happened."""

import contextvars
import logging

request_id_in_log: contextvars.ContextVar[str] = contextvars.ContextVar(
    "request_id_in_log", default="-"
)


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to each record; `-` outside a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id_in_log.get()
        return True

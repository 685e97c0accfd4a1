"""What a browser has proved by number and PIN; the proof lives in its sealed session."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import request, session

from portal import clock
from portal.errors import Refused


def proved_by(form: Any, prove: Callable[[str, str, str, datetime], Any], key: str, wrong: str) -> bool:
    """Whether the typed `reference` and `pin` open something, which the session then remembers under `key`. Every wrong pair gets
    the same answer, and forgets what was proved before. Raises `TooMany`."""
    if not form.validate_on_submit():
        return False
    try:
        found = prove(form.reference.data, form.pin.data, request.remote_addr or "", clock.now())
    except Refused as refusal:
        if refusal.code != "wrong":
            raise
        session.pop(key, None)
        form.reference.errors = [wrong]
        return False
    session[key] = found.id
    return True

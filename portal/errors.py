"""What an action says when it cannot do what it was asked. Codes, never sentences: those live in templates."""


class Refused(Exception):
    """An action's refusal; `code` names the reason and `status` is the HTTP answer it deserves."""

    status = 409

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class NotFound(Exception):
    """There is no such thing, no longer, or none that this person may know of. No `Refused`: whoever explains why something is
    refused shows the thing, and this one is not there."""


class TooMany(Refused):
    """Too many tries; `retry_after` says in how many seconds the next one counts."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("too_many", retry_after=retry_after)
        self.retry_after = retry_after

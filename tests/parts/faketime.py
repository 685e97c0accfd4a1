"""A clock for real processes that the test sets, forward and back, while they run; what counts seconds (monotonic) runs on.

clock = SetClock(tmp_path / "clock")
Portal(environment(..., **clock.environment), ...)
clock.set(datetime(2027, 3, 28, 7, 0, tzinfo=UTC))
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

# libfaketime 0.9.10 refuses the system call with which Python sleeps when seconds shall run on as they are.
SLEEP = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds) and None\n"


def library() -> str:
    """Where Debian's package faketime has put it."""
    return str(next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")))


@dataclass
class SetClock:
    """How far the processes that have its environment are from the real time; `file` lies in a folder of its own."""

    file: Path
    off_by: timedelta = timedelta()

    @property
    def environment(self) -> dict[str, str]:
        """What processes need to look at this clock."""
        self.shift(timedelta())
        (self.file.parent / "sitecustomize.py").write_text(SLEEP)
        return {
            "LD_PRELOAD": library(),
            "PYTHONPATH": str(self.file.parent),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def now(self) -> datetime:
        """What it shows."""
        return datetime.now(UTC) + self.off_by

    def set(self, moment: datetime) -> None:
        """Put it to this moment, for all processes at once; from there it runs on."""
        self.shift(moment - self.now())

    def shift(self, by: timedelta) -> None:
        """Put it forward, or back."""
        self.off_by += by
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{self.off_by.total_seconds():+.0f}")
        draft.replace(self.file)

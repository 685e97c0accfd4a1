"""Says what an audit of the lock has found, and what it has not looked at: a package of which nobody could be asked is not without
holes. Ends with an error when there is a hole, and when something was not checked.

`pip-audit --format json … > FILE`, then `known_holes.py FILE`; `./run audit --network` does both.
"""

import json
import sys
from pathlib import Path

NOBODY_ANSWERED = """Nothing was checked. pip-audit could not ask, or nobody whom it asked knew any of the packages: without a way to the
service that knows of holes, or through an index that does not pass its answers on, this says nothing about them."""


def read(file: Path) -> list[dict[str, object]]:
    """What pip-audit wrote of each package; nothing when it wrote nothing."""
    words = file.read_text()
    return list(json.loads(words)["dependencies"]) if words.strip() else []


def said(packages: list[dict[str, object]]) -> list[str]:
    """The report as lines."""
    missed = [str(one["name"]) for one in packages if "skip_reason" in one]
    checked = [one for one in packages if "skip_reason" not in one]
    holes = [
        f"{one['name']} {one['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for one in checked
        for hole in one["vulns"]  # type: ignore[attr-defined]
    ]
    if not checked:
        return [NOBODY_ANSWERED]
    lines = [f"{len(checked)} packages were checked, {len(missed)} were not. Known holes: {len(holes)}."]
    return lines + holes + ([f"Not checked: {', '.join(missed)}."] if missed else [])


def main() -> None:
    """Print the report; end with an error unless all were checked and none has a hole."""
    packages = read(Path(sys.argv[1]))
    print(*said(packages), sep="\n")
    good = packages and all("skip_reason" not in one and not one["vulns"] for one in packages)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

"""Breaks every rule of the audit on purpose, in a folder that is thrown away, and fails when one of the tools does not notice.

To be run with the Python of the audit's environment: `./run audit` does.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CI = Path(__file__).parent
TOOLS = Path(sys.executable).parent
BROKEN = {
    "html-is-marked-safe-in-one-place": "import markupsafe\nmarkupsafe.Markup(words)",
    "no-template-made-of-text": "from flask import render_template_string\nrender_template_string(words)",
    "sql-made-of-text": "from sqlalchemy import text\ntext(f'SELECT {words}')",
    "one-reader-of-the-clock": "from datetime import datetime\ndatetime.now()",
    "addresses-in-messages-come-from-settings": "from flask import request\nlink = request.host_url",
    "the-server-fetches-nothing": "from urllib.request import urlopen\nurlopen(words)",
    "no-form-is-let-off-its-token": "csrf.exempt(view)",
    "nothing-typed-is-logged": "log.error(f'broken by {words}')",
}
BROKEN_TEMPLATES = {"safe-filter-in-a-template": "<p>{{ words|safe }}</p>"}


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(TOOLS / command[0]), *command[1:]], cwd=folder, capture_output=True, text=True, check=False
    )


def missed_by_semgrep(folder: Path) -> set[str]:
    """The rules that let pass what breaks them, and those that nothing here breaks."""
    for name, code in BROKEN.items():
        (folder / "portal" / f"{name}.py").write_text(code)
    for name, code in BROKEN_TEMPLATES.items():
        (folder / "portal" / f"{name}.html").write_text(code)
    shutil.copy(CI / "semgrep.yml", folder)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)  # noqa: S607  # paths in rules begin at the repository
    quiet = ("--metrics", "off", "--disable-version-check", "--json", "--no-git-ignore")
    found = json.loads(run(folder, "semgrep", "scan", "--config", "semgrep.yml", *quiet, "portal").stdout)
    noticed = {(one["check_id"].rpartition(".")[2], Path(one["path"]).stem) for one in found["results"]}
    rules = re.findall(r"^  - id: (\S+)$", (CI / "semgrep.yml").read_text(), re.MULTILINE)
    return {rule for rule in rules if (rule, rule) not in noticed}


def misses_of_bandit(folder: Path) -> set[str]:
    (folder / "call.py").write_text("import pickle\npickle.loads(words)\n")
    return set() if run(folder, "bandit", "-q", "-ll", "call.py").returncode == 1 else {"bandit"}


def misses_of_detect_secrets(folder: Path) -> set[str]:
    (folder / "settings.py").write_text("pass" + "word = '" + "hunter2-but-longer'\n")
    found = json.loads(run(folder, "detect-secrets", "scan", "--all-files", ".").stdout)
    return set() if found["results"] else {"detect-secrets"}


with tempfile.TemporaryDirectory() as name:
    place = Path(name)
    (place / "portal").mkdir()
    missed = missed_by_semgrep(place) | misses_of_bandit(place) | misses_of_detect_secrets(place)
if missed:
    sys.exit(f"Broken on purpose, and nothing was said: {', '.join(sorted(missed))}")

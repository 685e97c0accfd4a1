"""What the portal is compared with: the least that Flask can answer, and a plain page of about 29 KB."""

import os
import sqlite3
from pathlib import Path

from flask import Flask, render_template

ROWS = 40
LEAD = "Spotkania odbywają się w każdy wtorek po południu i są bezpłatne. Wystarczy zadzwonić albo przyjść. "


def hello() -> Flask:
    """H: one line of text."""
    app = Flask(__name__, static_folder=None)

    @app.get("/")
    def home() -> str:
        return "Hello"

    return app


def plain() -> Flask:
    """P: forty rows from SQLite through a Jinja template, made anew for each request."""
    app = Flask(__name__, static_folder=None, template_folder=".")
    path = Path(os.environ["PORTAL_DATA"]) / "plain.sqlite"
    _fill(path)

    @app.get("/")
    def home() -> str:
        connection = sqlite3.connect(path)
        rows = connection.execute(
            "SELECT id, title, lead, day FROM news ORDER BY day DESC, id DESC"
        ).fetchall()
        connection.close()
        return render_template("plain.html", rows=rows)

    return app


def _fill(path: Path) -> None:
    rows = [(f"Ogłoszenie numer {n}", LEAD * 5, f"2026-11-{1 + n % 28:02}") for n in range(ROWS)]
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE news (id INTEGER PRIMARY KEY, title TEXT, lead TEXT, day TEXT)")
        connection.executemany("INSERT INTO news (title, lead, day) VALUES (?, ?, ?)", rows)
    connection.close()

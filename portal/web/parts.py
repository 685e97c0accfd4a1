"""Parts of public pages that look the same to everyone at one address: each worker makes them once."""

from flask import Flask, g, request
from jinja2.runtime import Macro

MOST_PARTS = 500


def init_app(app: Flask) -> None:
    """Give templates `remembered(macro, *facts)`: what the macro writes for this address and these facts.

    Only for what depends on the address, the language and the facts; never for anything of one visitor's own.
    """
    parts: dict[tuple[object, ...], str] = {}  # what macros write is marked as safe

    def remembered(macro: Macro, *facts: object) -> str:
        key = (macro.name, request.root_path, request.path, g.get("text_languages"), facts)
        if key not in parts:
            if len(parts) >= MOST_PARTS:
                parts.clear()
            parts[key] = macro()
        return parts[key]

    app.jinja_env.globals["remembered"] = remembered

"""One self-contained HTML page on which a head in the plane can be taken hold of."""

from __future__ import annotations

import json
import tomllib
from importlib import resources
from typing import Any

from softmax_geometry.explorer.draws import draws_javascript
from softmax_geometry.explorer.formulas import formulas_javascript
from softmax_geometry.explorer.presets import presets

_SCRIPTS = ["model", "state", "geometry", "picture", "handles", "readings", "controls", "tour", "view"]


def explorer_page() -> str:
    """The explorer: weights, class means and an OOD cluster to drag in the plane, with every number live.

    One HTML document with its styles and scripts inside. It asks for nothing else, so it works offline from a
    disk; its content security policy forbids any request and any evaluation of text as code.

    Examples
    --------
    >>> page = explorer_page()
    >>> page.startswith("<!DOCTYPE html>"), len(page.encode()) < 1_000_000
    (True, True)
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("softmax_geometry.explorer", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    states = presets()
    steps = tour()
    return environment.get_template("page.html.jinja").render(
        style=_text("style.css"),
        scripts=[formulas_javascript(), draws_javascript(), *(_text(f"{name}.js") for name in _SCRIPTS)],
        presets=states,
        steps=steps,
        data=_embedded({"presets": states, "steps": [{k: step[k] for k in ("state", "layers")} for step in steps]}),
    )


def tour() -> list[dict[str, Any]]:
    """The steps of the guided tour: title; text, hints and paper (HTML); claims; the layers and the state to show."""
    return tomllib.loads(_text("tour.toml"))["step"]


def _text(name: str) -> str:
    return resources.files("softmax_geometry.explorer").joinpath(name).read_text(encoding="utf-8")


def _embedded(data: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")

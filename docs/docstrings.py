"""Docstrings are plain text with `code` and numpydoc sections: keep Sphinx from reading more into them."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.ext.napoleon import Config, NumpyDocstring

_CODE = re.compile(r"(`+[^`]+`+)")
_MARKUP = re.compile(r"(?<![\w*])(\*\*?)(?=[^\s*])([^*]+?)(?<=\S)\1(?![\w*])")
_NUMPYDOC = Config(
    napoleon_use_param=False, napoleon_use_rtype=False, napoleon_custom_sections=[("Attributes", "params_style")]
)
WRAPPED = 90
"""A line of a docstring as long as this goes on in the next one."""


def numpydoc(app: Any, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Turn a docstring into reStructuredText."""
    readable = _formulas_as_blocks(lines) if what == "module" else _attributes_as_prose(lines)
    readable = [_escaped(line) for line in readable]
    lines[:] = str(NumpyDocstring(readable, _NUMPYDOC, what="function")).splitlines()


def code_without_a_page(app: Any, env: Any, node: Any, shown: nodes.Element) -> nodes.Element | None:
    """A `name` in a docstring that has no page of its own is code, not a broken link."""
    is_from_docstring = node.get("refdoc", "").startswith("generated/api/") and node.get("reftype") == "obj"
    return shown if is_from_docstring else None


def _escaped(line: str) -> str:
    """The line without markup other than *emphasis* and `code`; examples are left alone."""
    if line.lstrip().startswith((">>>", "...", "..")):
        return line
    parts = _CODE.split(line)
    return "".join(_as_code(part) if part.startswith("`") else _escaped_words(part) for part in parts)


def _as_code(name: str) -> str:
    """An attribute without its owner, such as `.logits`, is never a link."""
    return f"`{name}`" if name.startswith("`.") else name


def _escaped_words(text: str) -> str:
    marked = _MARKUP.sub(lambda found: found[0].replace("*", "\1"), text)
    return re.sub(r"([|]|(?<!^)\*|(?<=\w)_(?!\w))", r"\\\1", marked).replace("\1", "*")


def _formulas_as_blocks(lines: list[str]) -> list[str]:
    """Indented lines, which are formulas in the docstring of a module, as they stand."""
    found: list[str] = []
    for line, before in zip(lines, ["", *lines], strict=False):
        if line.startswith("    ") and not before.startswith("    "):
            found += [".. code-block:: text", ""]
        found.append(line)
    return found


def _attributes_as_prose(lines: list[str]) -> list[str]:
    """Attributes written as "name : what it is" on one line: what it is, is no type."""
    if "Attributes" not in lines:
        return lines
    start = lines.index("Attributes") + 2
    found = lines[:start]
    for number, line in enumerate(lines[start:], start):
        name, colon, text = line.partition(" : ")
        following = lines[number + 1] if number + 1 < len(lines) else ""
        is_prose = colon and not line.startswith(" ") and (len(line) > WRAPPED or not following.startswith("    "))
        found += [name, f"    {text}"] if is_prose else [line]
    return found

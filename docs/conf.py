"""Sphinx settings of the handbook: `make docs`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from docs import docstrings, generated  # noqa: E402
from softmax_geometry import __version__  # noqa: E402

project = "softmax-geometry"
release = __version__
copyright = "the softmax-geometry authors, MIT licence"
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build", "_templates", "**/.ipynb_checkpoints"]
smartquotes_action = "D"  # dashes; quotes stay as they are typed

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_execution_cache_path = str(DOCS / "_build" / "notebooks")

autodoc_member_order = "bysource"
autodoc_typehints = "none"
add_module_names = False
viewcode_follow_imported_members = False
default_role = "py:obj"

copybutton_selector = ".highlight-python pre, .highlight-ipython3 pre, .highlight-sh pre"

html_theme = "furo"
html_title = "softmax-geometry"
html_static_path = ["_static"]
html_css_files = ["handbook.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0072B2", "color-brand-content": "#0072B2"},
    "dark_css_variables": {"color-brand-primary": "#56B4E9", "color-brand-content": "#56B4E9"},
}


def setup(app: Any) -> dict[str, bool]:
    """Generate the pages that come from the code before Sphinx looks for pages, and read docstrings as plain text."""
    app.connect("builder-inited", generated.write_pages)
    app.connect("source-read", generated.errata_for_the_handbook)
    app.connect("autodoc-process-docstring", docstrings.numpydoc)
    app.connect("missing-reference", docstrings.code_without_a_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

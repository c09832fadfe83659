"""Every module that one imports has its place on an API page."""

import pkgutil

import numerics
import softmax_geometry
from docs.reference import PAGES, modules_of

# What the commands, the report and the catalogue are made of.
INSIDE = {
    *("cli", "display", "explorer", "figures", "locks", "measures"),
    *("ranges", "report_text", "scaling", "tables", "writing"),
}


def modules(package):
    return {module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")}


def test_every_module_is_documented_once_or_inside():
    documented = [module for _, _, names in PAGES.values() for module in modules_of(*names)]
    packages = {"softmax_geometry.plots", "softmax_geometry.symbolic"}
    existing = modules(softmax_geometry) | modules(numerics)
    assert len(documented) == len(set(documented))
    assert set(documented) <= existing
    missing = {name for name in existing - set(documented) - packages if name.split(".")[1] not in INSIDE}
    assert missing == set()


def test_every_name_of_the_package_is_defined_in_a_documented_module():
    documented = {module for _, _, names in PAGES.values() for module in modules_of(*names)}
    assert {getattr(softmax_geometry, name).__module__ for name in softmax_geometry.__all__} <= documented

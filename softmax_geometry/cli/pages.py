"""Commands that write what people look at: `report | figures | explorer`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

from tqdm import tqdm
from tyro.conf import Positional, arg

from softmax_geometry import tables
from softmax_geometry.checks import InputError
from softmax_geometry.cli.options import BiasFile, Json, Key
from softmax_geometry.features import Features
from softmax_geometry.head import Head

if TYPE_CHECKING:
    from softmax_geometry.plots.style import Format


@dataclass(frozen=True)
class Report:
    """One page on a head: structure, regions, widths, AUROC, causes. Without files: the bundled example."""

    head: Annotated[Path | None, arg(help="the head; left out: the bundled LeNet")] = None
    train: Annotated[Path | None, arg(help="labelled training features")] = None
    test: Annotated[Path | None, arg(help="in-distribution test features")] = None
    ood: Annotated[Path | None, arg(help="OOD features")] = None
    bias: BiasFile = None
    key: Key = None
    epsilon: Annotated[float, arg(help="share of in-distribution data that may be flagged")] = 0.05
    out: Annotated[Path, arg(help="the page; the same numbers go to a .json beside it")] = Path("report.html")
    json: Json = False

    def run(self) -> dict[str, Any]:
        """Build the page and write it and its numbers."""
        from softmax_geometry.example import load_example
        from softmax_geometry.report import build_report
        from softmax_geometry.writing import whole_file

        if self.out.suffix not in (".html", ".htm"):
            raise InputError(f"--out: expected a path that ends in .html, got {self.out}")
        if self.head is None:
            if self.train or self.test or self.ood:
                raise InputError("--head: expected a head to go with the features, got none")
            example = load_example()
            report = build_report(
                example.head,
                example.train,
                example.test,
                example.ood,
                epsilon=self.epsilon,
                title="LeNet on three classes of MNIST",
                provenance=example.provenance,
            )
        else:
            if self.train is None:
                raise InputError("--train: expected labelled training features, got none")
            report = build_report(
                Head.load(self.head, self.bias, self.key),
                Features.load(self.train),
                None if self.test is None else Features.load(self.test),
                None if self.ood is None else Features.load(self.ood),
                epsilon=self.epsilon,
                title=self.head.name,
            )
        numbers = report.to_dict()
        with whole_file(self.out) as page, whole_file(self.out.with_suffix(".json")) as data:
            page.write(report.to_html().encode())
            page.flush()  # whatever keeps the page from being written does so before the numbers are replaced
            data.write((json.dumps(numbers, indent=1, allow_nan=False) + "\n").encode())
        return numbers

    def table(self, numbers: dict[str, Any]) -> str:
        """Where the page is."""
        return f"report: {self.out}\nnumbers: {self.out.with_suffix('.json')}"


@dataclass(frozen=True)
class Figures:
    """The figures of the paper and ours as files; with --head, those that can be drawn for any head."""

    names: Annotated[Positional[tuple[str, ...]], arg(help="left out: all; --list shows them")] = ()
    out: Annotated[Path, arg(help="folder for the files; made if it is missing")] = Path("figures")
    format: Annotated[str, arg(help="png, svg, pdf, or several with commas between them")] = "svg"
    list: Annotated[bool, arg(help="only list the figures")] = False
    head: Annotated[Path | None, arg(help="draw for this head instead of the examples")] = None
    train: Annotated[Path | None, arg(help="its labelled training features")] = None
    bias: BiasFile = None
    key: Key = None
    epsilon: Annotated[float, arg(help="share of in-distribution data that may be flagged; with --head")] = 0.05
    json: Json = False

    def run(self) -> dict[str, Any]:
        """Draw and write the figures; their titles, files, and why one was left out."""
        from softmax_geometry.figures import chosen
        from softmax_geometry.plots.style import encoded

        formats = _formats(self.format)
        if self.head is None and self.train is not None:
            raise InputError("--head: expected a head to go with the features, got none")
        head = None if self.head is None else Head.load(self.head, self.bias, self.key)
        train = None if self.train is None else Features.load(self.train)
        entries = chosen(self.names, own=head is not None)
        found = {entry.name: {"title": entry.title, "files": [], "left_out": None} for entry in entries}
        if self.list:
            return found
        for entry in tqdm(entries, desc="figures", unit="figure", disable=None):
            try:
                figure = entry.figure(head, train, self.epsilon)
            except InputError as error:
                if self.names:
                    raise InputError(f"{entry.name}: {error}") from error
                found[entry.name]["left_out"] = str(error)
                continue
            found[entry.name]["files"] = [str(self._written(f"{entry.name}.{f}", encoded(figure, f))) for f in formats]
        return found

    def table(self, numbers: dict[str, Any]) -> str:
        """Name and title of each figure, and its files."""
        return tables.figures_table(numbers)

    def _written(self, name: str, content: bytes) -> Path:
        from softmax_geometry.writing import whole_file

        try:
            self.out.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:  # a ValueError: a null character in the path
            reason = getattr(error, "strerror", error)
            raise InputError(f"--out: {self.out} cannot be made a folder ({reason})") from error
        with whole_file(self.out / name) as file:
            file.write(content)
        return self.out / name


@dataclass(frozen=True)
class Explorer:
    """An interactive page for the browser: take hold of the weights and clusters and watch the region move."""

    out: Annotated[Path, arg(help="the page, a single file that works offline")] = Path("explorer.html")
    json: Json = False

    def run(self) -> dict[str, Any]:
        """Write the page."""
        from softmax_geometry.explorer import explorer_page
        from softmax_geometry.writing import write_text

        if self.out.suffix not in (".html", ".htm"):
            raise InputError(f"--out: expected a path that ends in .html, got {self.out}")
        page = explorer_page()
        write_text(self.out, page)
        return {"page": str(self.out), "bytes": len(page.encode())}

    def table(self, numbers: dict[str, Any]) -> str:
        """Where the page is."""
        return f"explorer: {numbers['page']} (open it in a browser; it needs no network)"


def _formats(names: str) -> list[Format]:
    from softmax_geometry.plots.style import Format

    known = {format: format for format in get_args(Format)}
    if not all(name in known for name in names.split(",")):
        raise InputError(f"--format: expected png, svg or pdf, or several with commas between them, got {names!r}")
    return [known[name] for name in names.split(",")]

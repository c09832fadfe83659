"""Small programs of a user, run in an environment by name; each fails with a traceback when something is wrong."""

SAVED_HEAD = """
import numpy as np
import softmax_geometry as sg
example = sg.load_example()
example.head.save("head.npz")
for name, features in (("train", example.train), ("test", example.test), ("ood", example.ood)):
    arrays = {"z": features.z[:2000]}
    if features.labels is not None:
        arrays["labels"] = features.labels[:2000]
    np.savez(f"{name}.npz", **arrays)
"""

# Runs the command line and writes down each file that Python opens outside the environment and the work folder,
# the system and the Python it was made from, and each that is opened for writing inside the environment.
WATCHED = """
import os, sys
real = os.path.realpath
work, prefix = real(os.getcwd()), real(sys.prefix)
fine = tuple(p + "/" for p in (work, prefix, real(sys.base_prefix), "/usr", "/etc", "/proc", "/dev", "/sys"))
log = os.open("outside.txt", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
def watch(event, values):
    if event != "open" or not isinstance(values[0], (str, bytes)):
        return
    path = real(os.fsdecode(values[0]))
    writes = isinstance(values[2], int) and values[2] & (os.O_WRONLY | os.O_RDWR)
    if not path.startswith(fine) or (writes and path.startswith(prefix + "/")):
        os.write(log, (path + "\\n").encode())
sys.addaudithook(watch)
from softmax_geometry.cli import main
sys.exit(main(sys.argv[1:]))
"""

OWN = "--train train.npz --test test.npz --ood ood.npz"
COMMANDS = (
    "region head.npz --train train.npz --json",
    "structure head.npz",
    "score head.npz ood.npz --train train.npz --out scores.npz",
    f"diagnose head.npz {OWN}",
    "claims --verdict refuted",
    "report --out bundled.html",
    f"report --head head.npz {OWN} --out own.html",
    "figures --list",
    "figures figure-2 counterexample-3d widths --out figures --format png,svg,pdf",
    "figures widths --head head.npz --train train.npz --out own",
    "explorer --out explorer.html",
)
WRITTEN = (
    *("scores.npz", "bundled.html", "bundled.json", "own.html", "own.json", "explorer.html", "own/widths.svg"),
    *(f"figures/{name}.{suffix}" for name in ("figure-2", "counterexample-3d", "widths") for suffix in ("png", "svg")),
)
NAMES = ("report", "figures", "explorer", "region", "structure", "score", "diagnose", "claims")

TORCH = """
import torch
from softmax_geometry import Head
from softmax_geometry.capture import capture
model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
captured = capture(model, [(torch.ones(5, 4), torch.zeros(5))])
torch.save(model.state_dict(), "model.pt")
read = Head.load("model.pt", key="2")
assert (read.weight == captured.head.weight).all() and (read.bias == captured.head.bias).all()
"""

CLUSTER = """
import numpy as np
from distributed import Client
import softmax_geometry as sg
def moments(seed):
    rng = np.random.default_rng(seed)
    found = sg.ClassMoments(3, 4)
    found.add(rng.normal(size=(90, 4)), np.arange(90) % 3)
    return found
if __name__ == "__main__":
    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as client:
        merged = moments(0)
        for other in client.gather(client.map(moments, [1, 2])):
            merged = merged + other
    assert merged.counts.sum() == 270
"""

BENCH = """
import numpy as np, torch
import softmax_geometry as sg
from torchmetrics.functional.classification import binary_auroc
rng = np.random.default_rng(0)
test, ood = rng.normal(size=500), rng.normal(1, 1, size=400)
scores, labels = torch.tensor(np.r_[test, ood]), torch.tensor(np.r_[np.zeros(500), np.ones(400)], dtype=torch.int)
assert abs(float(binary_auroc(scores.sigmoid(), labels)) - float(sg.auroc(test, ood).value)) < 1e-6
"""

DOCS = """
from pathlib import Path
from sphinx.cmd.build import build_main
Path("page").mkdir()
Path("page/conf.py").write_text(
    "extensions = ['myst_nb', 'sphinx.ext.autodoc', 'sphinx_copybutton', 'sphinx_design']\\nhtml_theme = 'furo'\\n"
)
Path("page/index.md").write_text("# Page\\n\\n```{eval-rst}\\n.. autofunction:: softmax_geometry.simplex\\n```\\n")
assert build_main(["-q", "page", "built"]) == 0
assert "simplex" in Path("built/index.html").read_text()
"""

WELL_TYPED = """
import numpy as np
import softmax_geometry as sg
head = sg.Head(np.eye(3))
train = sg.Features(np.eye(3), np.arange(3))
region: sg.ValidRegion = sg.valid_region(head, train, epsilon=0.05)
share: float = float(region.contains(np.eye(3)).mean())
width: float = float(region.widths[0, 1])
result: sg.AUROC = sg.auroc(np.zeros(3), np.ones(3))
found: sg.Diagnosis = sg.diagnose(head, train, train, train)
"""
BADLY_TYPED = (  # each is one wrong call that must be reported
    'sg.valid_region(head, train, epsilon="five")',
    "sg.valid_region(head)",
    "sg.structure(head).no_such_number",
    'number: int = sg.Head.load("head.npz")',
)

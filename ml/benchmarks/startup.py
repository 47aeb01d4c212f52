"""Start-up: the whole process `deepshield analyze` on one photograph, and what its imports cost.

python -m benchmarks.startup [--repeat N] [--quick]
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict

from benchmarks import clips
from benchmarks.child import deepshield, run_child
from benchmarks.options import Settings, parse
from benchmarks.report import Figure, Section, Target, print_section
from benchmarks.timing import typical

_WHOLE = Target("<", 2.5)
_SHOWN = 8  # packages of the breakdown
_IMPORT = "import deepshield.cli"


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    photo = clips.make_photo(settings.folder)
    command = deepshield("analyze", str(photo), "--runtime", "onnx", "--bundle", str(settings.model))
    run_child(command)  # fills the disk cache
    seconds = [run_child(command).seconds for _ in range(settings.repeats)]
    whole = typical("whole process, 1024 px photograph", seconds, "s")
    bare = typical(
        "of it: the interpreter alone", [run_child([sys.executable, "-c", ""]).seconds for _ in seconds], "s"
    )
    imports = typical(
        "of it: interpreter and imports",
        [run_child([sys.executable, "-c", _IMPORT]).seconds for _ in seconds],
        "s",
    )
    own = import_times(_IMPORT)
    slowest = sorted(own.items(), key=lambda item: -item[1])[:_SHOWN]
    return Section(
        "Start-up: `deepshield analyze photo.jpg`, onnx runtime",
        (
            Figure(whole.name, whole.value, whole.unit, whole.spread, _WHOLE),
            imports,
            bare,
            *(
                Figure(f"import time of {package}'s own modules", own_ms, "ms", digits=0)
                for package, own_ms in slowest
            ),
        ),
        ("import times are from one run under -X importtime, which slows imports down",),
    )


def import_times(statement: str) -> dict[str, float]:
    """Return milliseconds per top-level package that its modules take to import, without what they import."""
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-X", "importtime", "-c", statement], check=True, capture_output=True, text=True
    )
    return parse_import_times(done.stderr)


def parse_import_times(text: str) -> dict[str, float]:
    """Sum up the lines ``import time: self [us] | cumulative | module`` per top-level package."""
    own: dict[str, float] = defaultdict(float)
    for line in text.splitlines():
        head, _, rest = line.partition("import time:")
        fields = rest.split("|")
        if head or len(fields) != 3 or not fields[0].strip().isdigit():
            continue
        own[fields[2].strip().partition(".")[0]] += int(fields[0]) / 1000.0
    return dict(own)


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))

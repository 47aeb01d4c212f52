"""`python -m deepshield.screening_report.child PARENT SECONDS`: sets the report in the present folder.

The pictures come from the analysing process, which media may have taken over, and the typesetter decodes
them: it has no network, no other programs, little memory and little time. The PDF goes to the output, with
SECONDS since 1970 as its date; the status is 1 where the report cannot be set.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import TYPE_CHECKING

from deepshield.analyser.confinement import confine

if TYPE_CHECKING:
    from typst import PDFStandard

MAIN = "main.typ"
_MEMORY_MB = 512
_CPU_SECONDS = 20
_STANDARDS: list[PDFStandard] = ["ua-1", "a-3a"]  # tagged and titled; attachments of any kind


def main() -> int:
    """Set the report."""
    confine(int(sys.argv[1]), _MEMORY_MB)
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # its output is a pipe
    os.environ["RAYON_NUM_THREADS"] = "1"
    import typst  # here, since it must be confined before it starts threads

    try:
        made = typst.compile(
            MAIN, root=".", pdf_standards=_STANDARDS, ignore_system_fonts=True, timestamp=int(sys.argv[2])
        )
    except BaseException as error:  # noqa: BLE001 - a fault of the typesetter itself is no Exception
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    sys.stdout.buffer.write(made)
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

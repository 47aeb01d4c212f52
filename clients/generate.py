"""Write what the clients take from the API's document: shapes of answers, and the codes of failures.

`python clients/generate.py`, as part of `make clients`. Nothing that it writes is in the repository.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
DOCUMENT = HERE.parent / "frontend/src/api/openapi.json"
PYTHON = HERE / "python/src/deepshield_client"
TYPESCRIPT = HERE / "typescript/src"
_NOTE = "made from the API's document by `make clients`"


def main() -> None:
    """Write the generated modules of both clients; the TypeScript types are made by `npm run build`."""
    document = json.loads(DOCUMENT.read_text())
    codes = document["x-failures"]["codes"]
    models(PYTHON / "models.py")
    (PYTHON / "codes.py").write_text(python_codes(codes))
    (TYPESCRIPT / "codes.ts").write_text(typescript_codes(codes))


def models(target: Path) -> None:
    """Write a pydantic model of every shape in the document."""
    options = (
        f"--input {DOCUMENT} --input-file-type openapi --output {target} "
        "--output-model-type pydantic_v2.BaseModel --target-python-version 3.11 "
        "--use-standard-collections --use-union-operator --use-annotated --field-constraints "
        "--use-schema-description --use-specialized-enum --enum-field-as-literal one "
        "--set-default-enum-member --collapse-root-models --disable-timestamp --formatters builtin"
    )
    generator = [sys.executable, "-m", "datamodel_code_generator", *options.split()]
    subprocess.run(generator, check=True)  # noqa: S603


def python_codes(codes: dict[str, dict[str, object]]) -> str:
    """Return the module with the codes of failures as an enumeration."""
    lines = [f'"""The codes of failures; {_NOTE}."""', "", "from enum import StrEnum", "", ""]
    lines += ["class Code(StrEnum):", '    """What went wrong, as `docs/errors.md` says it."""', ""]
    lines += [f'    {code} = "{code}"' for code in codes]
    again = ", ".join(f'"{code}"' for code, row in codes.items() if row["again"])
    return "\n".join([*lines, "", "", f"AGAIN = frozenset(({again}))", ""])


def typescript_codes(codes: dict[str, dict[str, object]]) -> str:
    """Return the module with the codes of failures as a type."""
    named = "\n".join(f"  {code}: {{ again: {json.dumps(row['again'])} }}," for code, row in codes.items())
    return (
        f"/** The codes of failures, and whether trying again can help; {_NOTE}. */\n"
        f"export const CODES = {{\n{named}\n}} as const;\n\nexport type Code = keyof typeof CODES;\n"
    )


if __name__ == "__main__":
    main()

"""Writes the checked-in reference data: `generate.py FOLDER [--check]`.

With `--check` it only says whether the files are what it would write.
"""

import json
import sys
from pathlib import Path

import catalogue
import divisions

FILES = {"demo_catalogue.ndjson": catalogue.lines, "divisions.ndjson": divisions.lines}


def main(arguments):
    folder, *options = arguments
    stale = []
    for name, lines in FILES.items():
        content = "".join(
            json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines()
        )
        file = Path(folder, name)
        if options != ["--check"]:
            file.write_text(content, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != content:
            stale.append(name)
    if stale:
        raise SystemExit(f"not what `cargo xtask reference-data` writes: {', '.join(stale)}")


main(sys.argv[1:])

# SPDX-License-Identifier: LGPL-3.0-or-later
"""A stand-in for wkhtmltopdf: keeps what is printed in the folder PROOF_SEEN.

As long as there is a file `hang` in that folder, it prints nothing and waits. It hands
its work on to the real program; without one it makes a PDF of one stream.
"""

import os
import shutil
import subprocess
import sys
import time
import zlib
from pathlib import Path


def main(arguments):
    seen = Path(os.environ["PROOF_SEEN"])
    own = os.path.dirname(os.path.abspath(__file__))
    path = [part for part in os.environ["PATH"].split(os.pathsep) if part != own]
    real = shutil.which("wkhtmltopdf", path=os.pathsep.join(path))
    pages = [Path(name).read_bytes() for name in arguments if name.endswith(".html")]
    with (seen / "printed.html").open("ab") as kept:
        kept.writelines(pages)
    while (seen / "hang").exists():
        (seen / "hangs").touch()
        time.sleep(0.1)
    if real:
        return subprocess.run([real, *arguments], check=False).returncode
    if "--version" in arguments:
        print("wkhtmltopdf 0.12.6")
        return 0
    Path(arguments[-1]).write_bytes(make_pdf(b"\n".join(pages)))
    return 0


def make_pdf(content):
    """The smallest PDF that readers take: one page with one deflated stream."""
    packed = zlib.compress(content)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream"
        % (len(packed), packed),
    ]
    written, places = b"%PDF-1.4\n", []
    for number, content_of in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content_of)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return written + (
        b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (table, len(written))
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

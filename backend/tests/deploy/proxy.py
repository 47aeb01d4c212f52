"""The real Nginx with this repository's configuration, in front of whatever address a test gives."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from services import free_port, wait_until

NGINX = Path(__file__).parents[3] / "nginx"
TLS = 1  # above the port without
_MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  default_type application/octet-stream;
  types {{ text/html html; text/javascript js; text/css css; image/svg+xml svg; application/json json; }}
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/conf.d/*.conf;
}}
"""


def rendered(
    folder: Path, settings: Mapping[str, str], pages: Path, port: int, certificates: Path | None = None
) -> Path:
    """Fill in the templates as the image's entrypoint does, with paths and a port of the test.

    What ``settings`` does not name is as `.env.example` has it.
    """
    example = dict(
        re.findall(r"^([A-Z0-9_]+)=(.+)$", (NGINX.parent / ".env.example").read_text(), re.MULTILINE)
    )
    exported = subprocess.run(
        ["/bin/sh", "-c", f". {NGINX / 'limits.envsh'}; env"],
        env={**os.environ, **example, **settings},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    known = dict(line.split("=", 1) for line in exported.splitlines() if "=" in line)
    allowed = re.compile(known["NGINX_ENVSUBST_FILTER"])
    conf = folder / "conf.d"
    conf.mkdir()
    shutil.copytree(NGINX / "snippets", folder / "snippets")
    templates = [*(NGINX / "templates").iterdir()]
    if certificates is not None:
        templates.append(NGINX / "tls.conf.example")
    for template in templates:
        text = re.sub(
            r"\$\{(\w+)\}",
            lambda found: known[found[1]] if allowed.match(found[1]) else found[0],
            template.read_text(),
        )
        text = text.replace("/etc/nginx/conf.d", str(conf)).replace(
            "/etc/nginx/snippets", str(folder / "snippets")
        )
        text = text.replace("/usr/share/nginx/html", str(pages)).replace(
            "listen 8080", f"listen 127.0.0.1:{port}"
        )
        text = text.replace("/dev/stdout", str(folder / "access.log"))
        text = text.replace("listen 8443", f"listen 127.0.0.1:{port + TLS}")
        text = text.replace("/etc/nginx/certs", str(certificates))
        (conf / re.sub(r"\.(template|example)$", "", template.name)).write_text(text)
    main = folder / "nginx.conf"
    # A test's folders are closed to other users, and Nginx would leave root's rights for another's.
    user = "user root;" if os.geteuid() == 0 else ""
    main.write_text(user + _MAIN.format(folder=folder))
    return main


@contextlib.contextmanager
def running(
    folder: Path, api: str, pages: Path, certificates: Path | None = None, **settings: str
) -> Iterator[str]:
    """Serve; yields the proxy's address. With ``certificates`` it speaks TLS too, at a port `TLS` higher."""
    port = free_port()
    settings = {**settings, "API_ADDRESS": api.removeprefix("http://")}
    main = rendered(folder, settings, pages, port, certificates)
    arguments = ["nginx", "-p", str(folder), "-c", str(main)]
    checked = subprocess.run([*arguments, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: (folder / "nginx.pid").exists() and (folder / "nginx.pid").read_text().strip())
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=20)

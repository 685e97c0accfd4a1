"""A real nginx with the site of deploy/, with TLS, on free ports of 127.0.0.1: only places, ports and one time-out are replaced."""

import json
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.parts.processes import free_port, wait_for

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
NGINX = "/usr/sbin/nginx"
HOST = "127.0.0.1"
MAIN = """
user root;
pid {folder}/nginx.pid;
error_log {folder}/start.log;
events {{ }}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/portal.conf;
}}
"""


@dataclass(frozen=True)
class Nginx:
    """Where it listens, and what it wrote."""

    port: int
    plain_port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.port}"

    def trust(self) -> ssl.SSLContext:
        """For a browser that believes its certificate."""
        return ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))

    def log(self) -> list[dict[str, Any]]:
        """What it noted of each answer."""
        return [json.loads(line) for line in (self.folder / "portal.log").read_text().splitlines()]

    def written(self) -> str:
        """All that it wrote anywhere."""
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


@contextmanager
def running(port: int, portal_port: int, folder: Path, *, limited: bool = True) -> Iterator[Nginx]:
    """nginx on this port, with the portal behind it on the other one, and pages of its own in `folder/awaria`; it counts what
    an address asks for, unless all the visitors of a test have one."""
    folder.mkdir(exist_ok=True)
    make_certificate(folder)
    nginx = Nginx(port, free_port(), folder)
    (folder / "portal.conf").write_text(
        _placed((DEPLOY / "nginx" / "portal.conf").read_text(), nginx, portal_port, limited=limited)
    )
    (folder / "proxy.conf").write_text(_in_tests((DEPLOY / "nginx" / "proxy.conf").read_text()))
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
    process = subprocess.Popen(
        [NGINX, "-c", folder / "nginx.conf", "-g", "daemon off;"], start_new_session=True
    )
    try:
        wait_for(lambda: _listens(port) or process.poll() is not None)
        assert process.poll() is None, "nginx does not start"
        yield nginx
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _placed(site: str, nginx: Nginx, portal_port: int, *, limited: bool) -> str:
    changes = {
        "    listen [::]:80 default_server;\n": "",
        "    listen [::]:443 ssl http2 default_server;\n": "",
        "listen 80 ": f"listen {HOST}:{nginx.plain_port} ",
        "listen 443 ": f"listen {HOST}:{nginx.port} ",
        "https://mopr.example": nginx.address,
        "/etc/letsencrypt/live/mopr.example": str(nginx.folder),
        "mopr.example": HOST,
        "/etc/portal/nginx/proxy.conf": str(nginx.folder / "proxy.conf"),
        "/etc/portal/nginx": str(DEPLOY / "nginx"),
        "/var/log/nginx": str(nginx.folder),
        "/var/lib/portal-outage": str(nginx.folder),
        "127.0.0.1:8000": f"{HOST}:{portal_port}",
    }
    if not limited:
        changes |= {"rate=20r/s": "rate=2000r/s"}
    for words, ours in changes.items():
        assert words in site, f"deploy/nginx/portal.conf no longer says {words!r}"
        site = site.replace(words, ours)
    return site


def _in_tests(proxy: str) -> str:
    """Nobody wants to wait half a minute for a portal that hangs."""
    assert "proxy_read_timeout 30s;" in proxy
    return proxy.replace("proxy_read_timeout 30s;", "proxy_read_timeout 5s;")


def make_certificate(folder: Path) -> None:
    """A certificate of our own for 127.0.0.1, good for a day."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "privkey.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _listens(port: int) -> bool:
    with socket.socket() as visitor:
        return visitor.connect_ex((HOST, port)) == 0

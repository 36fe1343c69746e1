"""`amqps://`: the same calls through TLS, and only to a broker whose certificate is good."""

from __future__ import annotations

import datetime as dt
import ipaddress
import select
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from kombu.utils.url import parse_url

from kernel.refusals import Unavailable
from kernel.runtime.distributed.client import RpcClient
from kernel.runtime.distributed.link import Link
from tests.kernel.runtime.lab import hosted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a broker of the tests")])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    built = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "broker.pem"
    file.write_bytes(
        built.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@contextmanager
def behind_tls(uri: str, certificate: Path) -> Iterator[int]:
    """The port of a TLS front of the broker: what a broker with certificates would be."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    broker = (parse_url(uri)["hostname"], parse_url(uri)["port"])
    with socket.create_server(("127.0.0.1", 0)) as front:
        accepting = threading.Thread(target=_accept, args=(front, context, broker))
        accepting.start()
        yield front.getsockname()[1]
        front.shutdown(socket.SHUT_RDWR)
        accepting.join()


def _accept(front: socket.socket, context: ssl.SSLContext, broker: tuple[str, int]) -> None:
    threads = []
    with suppress(OSError):
        while True:
            accepted, _ = front.accept()
            threads.append(threading.Thread(target=_carry, args=(accepted, context, broker)))
            threads[-1].start()
    for thread in threads:
        thread.join()


def _carry(accepted: socket.socket, context: ssl.SSLContext, broker: tuple[str, int]) -> None:
    """One thread a connection: an SSL object bears no reader beside a writer."""
    with (
        accepted,
        suppress(OSError),
        context.wrap_socket(accepted, server_side=True) as outer,
        socket.create_connection(broker) as inner,
    ):
        while True:
            readable = [outer] if outer.pending() else select.select([outer, inner], [], [])[0]
            for source, sink in ((outer, inner), (inner, outer)):
                if source in readable:
                    data = source.recv(65536)
                    if not data:
                        return
                    sink.sendall(data)


def test_many_threads_call_through_tls(amqp_uri, certificate):
    host = parse_url(amqp_uri)
    with behind_tls(amqp_uri, certificate) as port:
        uri = f"amqps://guest:guest@127.0.0.1:{port}/{host['virtual_host']}?ssl_ca_certs={certificate}"
        with hosted(uri), RpcClient(uri) as client, ThreadPoolExecutor(8) as callers:
            large = "x" * 100_000
            answers = list(callers.map(lambda n: client.call("lab.echo", {"n": n, "large": large}), range(100)))
    assert [answer["arguments"]["n"] for answer in answers] == list(range(100))


def test_a_broker_with_a_certificate_that_nobody_vouches_for_is_not_talked_to(amqp_uri, certificate):
    with behind_tls(amqp_uri, certificate) as port:
        uri = f"amqps://guest:guest@127.0.0.1:{port}/"
        with pytest.raises(ssl.SSLCertVerificationError):
            Link(uri)
        with RpcClient(uri) as client, pytest.raises(Unavailable):
            client.call("lab.echo", {})


def test_a_certificate_for_another_name_is_not_accepted(amqp_uri, certificate):
    with (
        behind_tls(amqp_uri, certificate) as port,
        pytest.raises(ssl.SSLCertVerificationError, match="localhost"),
    ):
        Link(f"amqps://guest:guest@localhost:{port}/?ssl_ca_certs={certificate}")

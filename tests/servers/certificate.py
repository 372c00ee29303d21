"""Certificates for servers that speak TLS, made on the spot."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_ADDRESS: Final = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])


def self_signed(directory: Path) -> tuple[Path, Path]:
    """Make a certificate of 127.0.0.1 that is its own authority; return it and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _builder("tests", "tests", key, is_authority=True)
    signed = made.add_extension(_ADDRESS, critical=False).sign(key, hashes.SHA256())
    return _written(directory, "certificate", signed, key)


def issued(directory: Path) -> tuple[Path, Path, Path]:
    """Make an authority and a certificate of 127.0.0.1; return both, and the latter's key.

    Some libraries do not believe a server that shows the certificate of an authority.
    """
    issuer, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _builder("authority", "authority", issuer, is_authority=True)
    made = _builder("tests", "authority", key, is_authority=False)
    signed = made.add_extension(_ADDRESS, critical=False).sign(issuer, hashes.SHA256())
    path, _ = _written(directory, "authority", authority.sign(issuer, hashes.SHA256()), issuer)
    return (path, *_written(directory, "certificate", signed, key))


def _builder(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, *, is_authority: bool
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _written(
    directory: Path, name: str, made: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> tuple[Path, Path]:
    """Write a certificate as `name.pem` and its key beside it."""
    certificate_path = directory / f"{name}.pem"
    key_path = directory / ("key.pem" if name == "certificate" else f"{name}-key.pem")
    certificate_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_path, key_path

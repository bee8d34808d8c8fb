# SPDX-License-Identifier: BSD-3-Clause
"""A certificate authority of the peer's own, made anew at each start; keys are never kept."""

import datetime
import hashlib
import ipaddress
import os
import ssl
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAMES = ("localhost", "sts.amazonaws.com")
ADDRESSES = ("127.0.0.1", "::1")
CERTIFICATES = ("good", "wrong_name", "expired", "not_yet_valid", "self_signed", "other_ca")
_DAY = datetime.timedelta(days=1)


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Authority:
    """One CA: a key in memory and its certificate."""

    def __init__(self, common_name="Peer Test CA"):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(common_name)
        self._now = datetime.datetime.utcnow()
        self.certificate = self._sign(self._name, self._name, self._key, self._key, (-1, 30), [
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)])

    def _sign(self, subject, issuer, key, signer, days, extensions):
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(self._now + days[0] * _DAY)
                   .not_valid_after(self._now + days[1] * _DAY)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
                                  False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                       signer.public_key()), False))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())

    def _leaf(self, kind, names):
        key = ec.generate_private_key(ec.SECP256R1())
        hosts = [x509.DNSName(name) for name in dict.fromkeys((*NAMES, *names))]
        hosts += [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
        if kind == "wrong_name":
            hosts = [x509.DNSName("elsewhere.example")]
        days = {"expired": (-20, -10), "not_yet_valid": (10, 20)}.get(kind, (-1, 20))
        subject = _name("peer")
        own = kind == "self_signed"
        certificate = self._sign(
            subject, subject if own else self._name, key, key if own else self._key, days,
            [(x509.BasicConstraints(ca=False, path_length=None), True),
             (x509.KeyUsage(True, False, False, False, False, False, False, False, False), True),
             (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
             (x509.SubjectAlternativeName(hosts), False)])
        return key, certificate

    def context(self, kind, names):
        """A server's SSLContext with a leaf of that kind."""
        if kind == "other_ca":
            return Authority("Another Test CA").context("good", names)
        key, certificate = self._leaf(kind, names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        with tempfile.NamedTemporaryFile() as pem:      # mode 0600; load_cert_chain wants a file
            pem.write(key.private_bytes(serialization.Encoding.PEM,
                                        serialization.PrivateFormat.PKCS8,
                                        serialization.NoEncryption()))
            pem.write(certificate.public_bytes(serialization.Encoding.PEM))
            pem.flush()
            context.load_cert_chain(pem.name)
        return context

    def subject_hash(self):
        """The name of this CA in OpenSSL's hashed directories.

        X509_NAME_hash_ex(3): SHA-1 of the name's canonical form (UTF8String, lower case, single
        blanks, no outer SEQUENCE), the first four bytes as a little-endian number.
        """
        plain = " ".join(self._name.get_attributes_for_oid(NameOID.COMMON_NAME)[0]
                         .value.lower().split())
        canonical = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, plain,
                                                  _type=_ASN1Type.UTF8String)])
        digest = hashlib.sha1(canonical.public_bytes()[2:]).digest()
        return f"{int.from_bytes(digest[:4], 'little'):08x}"

    def write(self, folder):
        """ca.pem and ca/HASH.0 in folder; the two paths."""
        pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        bundle, directory = os.path.join(folder, "ca.pem"), os.path.join(folder, "ca")
        os.makedirs(directory, exist_ok=True)
        for name in os.listdir(directory):
            os.unlink(os.path.join(directory, name))
        for path in (bundle, os.path.join(directory, self.subject_hash() + ".0")):
            with open(path, "wb") as out:
                out.write(pem)
        return bundle, directory

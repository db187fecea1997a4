"""A private slapd in a temporary folder: TLS by an authority of ours, a schema of the few attributes that tests need."""

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ldap3

from enrolhub.processes import can_connect, free_port, start_child, stop_child, wait_until
from tests.servers.authority import Authority, Certificate

SUFFIX = "dc=exemple,dc=fr"
MANAGER = f"cn=manager,{SUFFIX}"
#: Accounts that read: without a limit, with five entries at most, and without pages.
READER, LIMITED, UNPAGED = (f"uid={name},ou=system,{SUFFIX}" for name in ("reader", "limited", "unpaged"))
PASSWORD = "a password of the tests"
FEW = 5
SCHEMA = Path(__file__).with_name("university.schema")

Values = Mapping[str, str | Sequence[str]]


def find_slapd() -> Path:
    """Debian's program; RuntimeError where it is not installed."""
    found = shutil.which("slapd", path="/usr/sbin:/usr/local/sbin:/usr/lib/openldap:/usr/libexec:/usr/bin")
    if found is None:
        raise RuntimeError("slapd is not installed (Debian: slapd).")
    return Path(found)


@dataclass(frozen=True)
class DirectoryServer:
    """A running directory. ``url`` wants the certificate of ``authority``; ``plain_url`` begins with StartTLS."""

    port: int
    plain_port: int
    authority: Path
    other_authority: Path

    @property
    def url(self) -> str:
        return f"ldaps://localhost:{self.port}"

    @property
    def plain_url(self) -> str:
        return f"ldap://localhost:{self.plain_port}"

    @contextmanager
    def manager(self) -> Iterator[ldap3.Connection]:
        """A connection that may write."""
        server = ldap3.Server("localhost", port=self.plain_port, get_info=ldap3.NONE)
        connection = ldap3.Connection(server, MANAGER, PASSWORD, auto_bind=True, raise_exceptions=True)
        try:
            yield connection
        finally:
            connection.unbind()


@contextmanager
def running_slapd(entries: Iterable[tuple[str, Values]] = ()) -> Iterator[DirectoryServer]:
    """A fresh directory that holds the suffix, the accounts that read, and these entries (DN, values)."""
    folder = Path(tempfile.mkdtemp(prefix="enrolhub-slapd-"))
    try:
        # Under another path Debian's AppArmor profile, which knows the system's folders only, does not apply.
        program = Path(shutil.copy(find_slapd(), folder / "slapd"))
        authority, other = Authority(folder, "authority"), Authority(folder, "other")
        write_configuration(folder, authority.file, authority.certify("localhost"))
        load(program, folder, [*base_entries(), *entries])
        server = DirectoryServer(free_port(), free_port(), authority.file, other.file)
        log = folder / "slapd.log"
        addresses = f"ldaps://localhost:{server.port}/ ldap://localhost:{server.plain_port}/"
        with log.open("wb") as output:
            child = start_child([program, "-d", "0", "-f", folder / "slapd.conf", "-h", addresses], output=output)
        try:
            wait_until(lambda: can_connect(server.port), child=child, name="slapd", log=log)
            yield server
        finally:
            stop_child(child)
    finally:
        shutil.rmtree(folder)


def write_configuration(folder: Path, authority: Path, certificate: Certificate) -> None:
    (folder / "data").mkdir()
    modules = next((path for path in ("/usr/lib/ldap", "/usr/lib/openldap") if Path(path).is_dir()), "")
    lines = [
        *(f"include /etc/ldap/schema/{name}.schema" for name in ("core", "cosine", "inetorgperson")),
        f"include {SCHEMA}",
        *([f"modulepath {modules}", "moduleload back_mdb"] if modules else []),
        f"TLSCACertificateFile {authority}",
        f"TLSCertificateFile {certificate.certificate}",
        f"TLSCertificateKeyFile {certificate.key}",
        "database mdb",
        f"directory {folder / 'data'}",
        "maxsize 1073741824",
        "dbnosync",
        f"suffix {SUFFIX}",
        f"rootdn {MANAGER}",
        f'rootpw "{PASSWORD}"',
        "index objectClass,uid,supannAliasLogin eq",
        f'limits dn.exact="{READER}" size.soft=unlimited size.hard=unlimited size.prtotal=unlimited',
        f'limits dn.exact="{LIMITED}" size.soft={FEW} size.hard={FEW} size.prtotal={FEW}',
        f'limits dn.exact="{UNPAGED}" size.soft=unlimited size.hard=unlimited size.prtotal=disabled',
        "access to attrs=userPassword by anonymous auth by * none",
        "access to * by users read by * none",
    ]
    (folder / "slapd.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")


def base_entries() -> Iterator[tuple[str, Values]]:
    yield SUFFIX, {"objectClass": ["dcObject", "organization"], "dc": "exemple", "o": "Exemple"}
    yield f"ou=system,{SUFFIX}", {"objectClass": "organizationalUnit", "ou": "system"}
    for dn in (READER, LIMITED, UNPAGED):
        yield dn, {"objectClass": ["account", "simpleSecurityObject"], "uid": uid_in(dn), "userPassword": PASSWORD}


def uid_in(dn: str) -> str:
    return dn.partition(",")[0].removeprefix("uid=")


def load(program: Path, folder: Path, entries: Iterable[tuple[str, Values]]) -> None:
    """Put entries in the folder's database, before the server starts."""
    ldif = folder / "entries.ldif"
    with ldif.open("w", encoding="ascii") as file:
        for dn, values in entries:
            file.write(ldif_line("dn", dn))
            for name, value in values.items():
                for each in [value] if isinstance(value, str) else value:
                    file.write(ldif_line(name, each))
            file.write("\n")
    command: list[str | Path] = [program, "-T", "add", "-q", "-f", folder / "slapd.conf", "-l", ldif]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"slapd did not load the entries: {done.stderr}")


def ldif_line(name: str, value: str) -> str:
    return f"{name}:: {base64.b64encode(value.encode()).decode()}\n"

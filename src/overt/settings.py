"""What an operator sets: `overt.toml`, found in the working folder or above it, or named by `OVERT_CONFIG`.

Every value can also come from the environment (`OVERT_PRODUCER`, `OVERT_LABEL__STYLE`, …), which wins.
Secrets never stand in the file: keys are files of their own below `keys/`.
"""

from __future__ import annotations

import os
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, IPvAnyNetwork, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from overt.errors import SetupError, UsageError
from overt.language import Text, current
from overt.marks.metadata.provider import producer_name
from overt.media.budget import GIB, INSPECTION, Budget, Bytes

FILE_NAME = "overt.toml"
VAULT_FILE = "vault.key"
"""In the key folder: what wraps the keys of persons."""


def _producer(text: str) -> str:
    try:
        return producer_name(text)
    except UsageError as error:
        raise ValueError(error.diagnostics().in_(current())) from error


def _propagator(text: str) -> str:
    return _producer(text) if text else text


class LabelSettings(BaseModel):
    """The explicit label."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    style: str = Field(default="standard", description="name of a label style, or a TOML file of your own")


class SecuritySettings(BaseModel):
    """The security data of the metadata label, and whose signatures are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sign: Literal["none", "digest", "sm2", "es256"] = Field(
        default="digest", description="what stands in ReservedCode1: nothing, a digest, or a signature"
    )
    key: Path | None = Field(default=None, description="file of the private key for sm2 or es256")
    pinned: tuple[str, ...] = Field(
        default=(), description="public keys whose holders are known: files, or keys in hex or Base64"
    )


class WatermarkSettings(BaseModel):
    """The watermark's keys: what it is put on with, and what it is read with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Path | None = Field(
        default=None, description="file of the key that new watermarks are put on with; none are put on without"
    )
    former: tuple[Path, ...] = Field(default=(), description="files of older keys, whose watermarks are still read")
    presence: Literal["public", "own"] = Field(
        default="public",
        description="who can see that a file is marked, without its id: anyone, or whoever has the key alone",
    )


class StoreSettings(BaseModel):
    """Where the record is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        default="",
        description="SQLAlchemy address of a database (postgresql+psycopg://…); a file in `data` where empty",
    )
    objects: str = Field(
        default="", description="where objects lie: s3://bucket/prefix, or a folder; `objects` in `data` where empty"
    )


class LedgerSettings(BaseModel):
    """The ledger: what signs its checkpoints, and who else vouches for them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Path | None = Field(
        default=None, description="PEM file of the Ed25519 key that signs checkpoints, decisions and bundles"
    )
    origin: str = Field(
        default="",
        description="name of the log, unique in the world (example.com/overt); from the producer where empty",
    )
    former: tuple[Path, ...] = Field(
        default=(), description="PEM files of the keys that signed before, public ones suffice; bundles list them"
    )
    interval: float = Field(
        default=60, ge=0, description="seconds between the checkpoints that a running service signs; 0: none by itself"
    )
    tsa: str = Field(default="", description="address of a time-stamping authority (RFC 3161) for checkpoints")
    witnesses: tuple[str, ...] = Field(
        default=(), description="witnesses that cosign checkpoints: `name+hash+key address` each"
    )
    sm: Path | None = Field(default=None, description="PEM file of an SM2 key for the twin with SM2 and SM3")


class GateSettings(BaseModel):
    """The gate: whether nothing is marked without a decision, and what decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on: bool = Field(default=False, description="whether nothing is marked without a decision that allows it")
    policy: Path | None = Field(default=None, description="Cedar file of your own in place of the purposes' policy")
    levels: Path | None = Field(
        default=None, description="TOML file of your own in place of the table of identity levels"
    )
    hours: float = Field(default=24, gt=0, description="how many hours a decision that allows can be used")
    label_duty: Path | None = Field(
        default=None, description="TOML file with your wording (version, zh, en) of the labelling duty for users"
    )
    words: tuple[Path, ...] = Field(default=(), description="feature libraries of your own, beside the starter list")
    engines: tuple[Path, ...] = Field(default=(), description="TOML files of outside engines that review")
    unseen: Literal["hold", "pass"] = Field(
        default="hold", description="material that no engine can look at: `hold` it for a person, or let it `pass`"
    )


class ConsentSettings(BaseModel):
    """Asking persons before their likeness is used: in whose name, where, and what looks at their recordings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    controller: str = Field(
        default="", max_length=128, description="in whose name people are asked; the producer where empty"
    )
    reach: str = Field(
        default="", max_length=256, description="how people reach whoever asks: an address, a phone number, an e-mail"
    )
    address: str = Field(
        default="", description="public address of the pages (https://consent.example), for links and the origin check"
    )
    liveness: Path | None = Field(
        default=None, description="TOML file of an engine that checks recordings; people of staff do where empty"
    )
    matchers: tuple[Path, ...] = Field(
        default=(), description="TOML files of engines that know the faces and voices of people who refuse"
    )


class OidcSettings(BaseModel):
    """The company's sign-in for staff, by OpenID Connect. People are invited under their e-mail address first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(default="", description="the provider's address, from which its discovery document is read")
    client_id: str = Field(default="", description="how the provider calls us")
    secret: Path | None = Field(default=None, description="file of the client's secret; none for a public client")
    name: str = Field(default="", max_length=64, description="how staff know the provider, for the button")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.issuer) != bool(self.client_id):
            raise ValueError("`issuer` and `client_id` belong together")
        return self


def _zone(name: str) -> str:
    if name:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("there is no such zone; give its IANA name, such as Asia/Shanghai") from None
    return name


class WebSettings(BaseModel):
    """The console, the public pages and the API."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        default="", description="public address (https://overt.example), for links, cookies and the origin check"
    )
    workers: int = Field(default=0, ge=0, description="files worked on at the same time; 0: one for each core")
    uploads: Bytes = Field(default=2 * GIB, description="bytes of uploads on disk at the same time, of all visitors")
    patience: float = Field(
        default=20, gt=0, description="seconds of grace for an upload that is slower than 4 KiB a second"
    )
    links: bool = Field(default=True, description="whether visitors may have files fetched from public addresses")
    reachable: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description="networks of your own from which files may be fetched, too; else public ones alone"
    )
    proxies: int = Field(
        default=0, ge=0, le=8, description="proxies of ours in front, whose X-Forwarded-For is believed"
    )
    four_eyes: bool = Field(default=False, description="whether a second person confirms each inspector's warrant")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="", description="zone of the times on pages (Europe/Berlin); empty: Asia/Shanghai under `cn`, else UTC"
    )
    oidc: OidcSettings = OidcSettings()


class GatewaySettings(BaseModel):
    """The gateway: the generator behind it, and what one request may cost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    upstream: str = Field(default="", description="address of the generator (https://api.openai.com/v1)")
    credential: Path | None = Field(default=None, description="file of the generator's API key, for the gateway alone")
    pass_authorization: bool = Field(
        default=False,
        description="whether a client's `Authorization` goes on to the generator; our key then is in `Overt-Key`",
    )
    adapters: tuple[Path, ...] = Field(default=(), description="TOML files of generators with another interface")
    passed: tuple[str, ...] = Field(
        default=("/v1/models", "/v1/models/*"), description="addresses that GET may pass through to the generator"
    )
    fetched: tuple[str, ...] = Field(
        default=(), description="hosts beside the generator's own from which its answers' files are fetched"
    )
    public: str = Field(
        default="", description="address of the gateway in links to marked files; the one that was asked where empty"
    )
    purpose: str = Field(default="", description="purpose of requests that name none, and whose key has none")
    markup: Literal["text", "markdown"] = Field(
        default="markdown", description="what chats write: decides how their label stands in the text"
    )
    hold_back: int = Field(
        default=24, ge=0, description="characters of a streamed text that wait for the review of what follows them"
    )
    most_asked: int = Field(default=64, ge=1, description="largest request, in MiB")
    most_answered: int = Field(default=1024, ge=1, description="largest answer, in MiB")
    seconds: float = Field(default=600.0, gt=0, description="how long the generator may be silent")
    at_once: int = Field(default=64, ge=1, description="requests at the same time; whoever comes then is asked to wait")
    workers: int = Field(default=2, ge=1, description="contents that are marked at the same time")


class DisseminationSettings(BaseModel):
    """What is written into files that others made and we distribute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    propagator: Annotated[str, AfterValidator(_propagator)] = Field(
        default="", description="who distributes: code or ASCII name; the producer where it is empty"
    )
    credential: Literal["update", "keep"] = Field(
        default="update",
        description="what wins where a content credential cannot be signed anew: the label's update, or the credential",
    )


class TraceSettings(BaseModel):
    """What is kept of contents so that their copies are found. Fingerprints always are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    previews: bool = Field(
        default=True, description="keep small pictures, wave forms and first words, to be laid beside copies"
    )
    index: Literal["bands", "faiss"] = Field(
        default="bands", description="what looks pictures and frames up: our own index, or faiss (extra `search`)"
    )


class CredentialSettings(BaseModel):
    """Content credentials (C2PA): what signs them, and whose are trusted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    certificates: Path | None = Field(
        default=None, description="PEM file of the signing certificate and its chain, up to the root if it is at hand"
    )
    key: Path | None = Field(default=None, description="PEM file of the private key, without a passphrase")
    command: tuple[str, ...] = Field(
        default=(), description="a program that signs instead: bytes on standard input, signature on standard output"
    )
    tsa: str = Field(default="", description="address of a time-stamping authority (RFC 3161)")
    trust: tuple[Path, ...] = Field(
        default=(), description="PEM files of the authorities whose credentials are trusted"
    )
    training: Literal["", "allowed", "notAllowed", "constrained"] = Field(
        default="", description="our word on training and mining (cawg.training-mining); nothing is said where empty"
    )

    @model_validator(mode="after")
    def _one_way_to_sign(self) -> Self:
        if self.key and self.command:
            raise ValueError("either `key` or `command`, not both")
        if bool(self.certificates) != bool(self.key or self.command):
            raise ValueError("`certificates` belongs together with `key` or `command`")
        return self


class Settings(BaseSettings):
    """The settings of one set-up. Paths in the file are relative to the file's folder."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="OVERT_", env_nested_delimiter="__", populate_by_name=True
    )

    producer: Annotated[str, AfterValidator(_producer)] = Field(
        description="who provides the service: a 27-character code or an ASCII name; stands in every label"
    )
    rulebook: str = Field(default="cn", description="the law that applies: id of a rulebook")
    overrides: Path | None = Field(
        default=None, description="TOML file of numbers that you set other than the rulebook; every report shows them"
    )
    system: str = Field(
        default="", max_length=256, description="name and version of the synthesising system, for the record"
    )
    data: Path = Field(default=Path("overt-data"), description="folder for the record and the ledger")
    keys: Path = Field(default=Path("keys"), description="folder of the keys and certificates")
    label: LabelSettings = LabelSettings()
    security: SecuritySettings = SecuritySettings()
    watermark: WatermarkSettings = WatermarkSettings()
    trace: TraceSettings = TraceSettings()
    credential: CredentialSettings = CredentialSettings()
    dissemination: DisseminationSettings = DisseminationSettings()
    store: StoreSettings = StoreSettings()
    ledger: LedgerSettings = LedgerSettings()
    gate: GateSettings = GateSettings()
    consent: ConsentSettings = ConsentSettings()
    gateway: GatewaySettings = GatewaySettings()
    web: WebSettings = WebSettings()
    budget: Budget = Field(default=INSPECTION, description="limits for the inspection of untrusted files")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # there is no .env file
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # keys are files of their own
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose content arrives as arguments."""
        return env_settings, init_settings


class Setup(BaseModel):
    """Settings with the folder that they belong to."""

    model_config = ConfigDict(frozen=True)

    home: Path
    settings: Settings

    @cached_property
    def data(self) -> Path:
        """The data folder."""
        return self.home / self.settings.data

    @cached_property
    def keys(self) -> Path:
        """The key folder."""
        return self.home / self.settings.keys


def find(start: Path | None = None) -> Path | None:
    """The `overt.toml` that applies, or None."""
    if named := os.environ.get("OVERT_CONFIG"):
        return Path(named).absolute()
    start = (start or Path.cwd()).absolute()
    return next((folder / FILE_NAME for folder in (start, *start.parents) if (folder / FILE_NAME).is_file()), None)


def load(path: Path | None = None) -> Setup:
    """The set-up that applies. Raises `SetupError` where there is none, or it is wrong."""
    path = path or find()
    if path is None or not path.is_file():
        raise SetupError(
            f"no {FILE_NAME} here or above" if path is None else f"there is no file {path}",
            f"当前目录及上级目录没有 {FILE_NAME}" if path is None else f"文件 {path} 不存在",
            hint=Text(zh="先运行 overt init。", en="Run `overt init` first."),
        )
    try:
        settings = Settings(**tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"{path}: not valid TOML: {error}", f"{path}：不是有效的 TOML：{error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} cannot be read: {error}", f"无法读取 {path}：{error}") from error
    except SettingsError as error:
        raise SetupError(f"the environment: {error}", f"环境变量中的设置有误：{error}") from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SetupError(f"{path}: {told}", f"{path} 中的设置有误：{told}") from error
    return Setup(home=path.parent, settings=settings)


def load_if_present() -> Setup | None:
    """The set-up that applies, or None: a stranger inspects without one."""
    return load() if find() else None

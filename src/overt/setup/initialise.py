"""Makes a set-up: `overt.toml`, a data folder, test keys, a watermark key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from overt.errors import SetupError
from overt.language import Text
from overt.marks.metadata.provider import looks_like_code, producer_name
from overt.marks.watermark import keyfile
from overt.rulebook import load as load_rulebook
from overt.settings import FILE_NAME
from overt.setup.keys import LEDGER_KEY, SM2_KEY, make_ledger_key, make_sm2_test_key, make_test_keys
from overt.setup.own_keys import CERTIFICATES, SIGNING_KEY, OwnKeys
from overt.store import vault

GENERATOR_KEY = "generator.key"
_TEST_ONLY = Text(
    zh="密钥和证书仅供测试（TEST-ONLY），任何人都不应信任它们。",
    en="The keys and the certificate are for tests only (TEST-ONLY): nobody should trust them.",
)
UNNAMED_PRODUCER = "unnamed-test-producer"
"""What stands for a producer that nobody named: a name that nobody mistakes for a company's code."""

_TEMPLATE = """\
# Overt 明示 — settings of this set-up. `overt doctor` says what is missing.
# Paths are relative to this file.

# Who provides the service: the 27-character provider code, or an ASCII name. It stands in every label.
# 服务提供者：27 位编码，或英文名称；会写入每个标识。
producer = "{producer}"

# The law that applies. 适用的规则手册。
rulebook = "{rulebook}"

# Name and version of the system that synthesises, for the record. 合成系统的名称和版本，用于登记。
system = ""

# Record and ledger; keys and certificates. 登记与账本；密钥与证书。
data = "overt-data"
keys = "keys"

[label]
# standard, bilingual, rhythm, whole-film, corner, closing, superscript or turns; or a file of your own (mine.toml).
# 显式标识样式；也可用自己的文件（如 mine.toml）。
style = "standard"

[security]
# What stands in the label's ReservedCode1: none, digest, sm2 (needs the extra sm) or es256, with a private key (PEM).
# 标识安全防护数据：none、digest、sm2（需安装扩展 sm）或 es256；后两者需私钥文件。
sign = "digest"
# key = "keys/{sm2_key}"
# Public keys whose holders you know: files, or keys in hex or Base64. 已知持有者的公钥。
# pinned = ["keys/partner.pem"]

[watermark]
# The key of new watermarks, and older ones whose marks are still read. Back them up: they cannot be made again.
# 添加水印的密钥，及仍用于读取的旧密钥。请妥善备份：丢失后水印无法再读取。
key = "keys/{watermark_key}"
# former = ["keys/watermark-2025.key"]
# Who can see that a file is marked, without its id: public (anyone) or own. 谁能看出文件带有水印（不含编号）。
presence = "public"

[credential]
# What signs content credentials (C2PA): certificate chain and private key, or `command`, a program that signs.
# 内容凭证（C2PA）的签名证书链和私钥；也可用 command 指定签名程序。
certificates = "keys/{certificates}"
key = "keys/{signing_key}"
# Time-stamping authority (RFC 3161); authorities whose credentials you trust (PEM). 时间戳服务；信任的证书机构。
# tsa = "http://timestamp.example"
# trust = ["keys/c2pa-trust-list.pem"]

[dissemination]
# Who distributes, where it is not the producer; and what wins where a content credential cannot be signed anew.
# 传播服务提供者（留空则同上）；内容凭证无法重新签名时，以更新标识（update）还是保留凭证（keep）为先。
# propagator = ""
# credential = "update"

[ledger]
# The key that signs checkpoints, decisions and bundles (Ed25519); the log's name, unique in the world; keys that
# signed before; time stamps.
# 签署账本检查点、决定和证据包的密钥；账本名称（全球唯一）；以前的密钥；时间戳服务。
key = "keys/{ledger_key}"
# origin = "example.com/overt"
# former = ["keys/ledger-2025-public.pem"]
# tsa = "http://timestamp.example"

[gate]
# Whether nothing is marked without a decision that allows it. 是否无许可决定即不添加标识、不发布。
# on = true

[consent]
# Asking people before their likeness is used: how they reach you; the public address of the pages (overt serve).
# 征求本人同意：您的联系方式；页面的公开网址（overt serve）。
# reach = "privacy@example.com"
# address = "https://consent.example.com"

[budget]
# Limits for untrusted files; the defaults suit most. 处理不可信文件的资源限额。
# max_pixels = 200_000_000
"""


@dataclass(frozen=True, slots=True)
class Initialised:
    """What was made, and what the operator should know about it."""

    config: Path
    data: Path
    signing_key: Path
    certificates: Path
    watermark_key: Path
    ledger_key: Path
    vault_key: Path
    producer: str
    remarks: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Generator:
    """The generator behind the gateway: its address, and the API key that goes into a file of its own."""

    upstream: str
    credential: str = ""


def initialise(
    folder: Path,
    producer: str | None = None,
    rulebook: str = "cn",
    *,
    gate: bool = False,
    contact: str = "",
    own: OwnKeys | None = None,
    generator: Generator | None = None,
) -> Initialised:
    """Makes a set-up in `folder`. Raises `SetupError` where there is one already: nothing is overwritten.

    With `gate` nothing is marked without a decision; `contact` is how people who are asked for consent reach you. `own`
    signs credentials in place of a test certificate.
    """
    load_rulebook(rulebook)
    config = folder / FILE_NAME
    if config.exists():
        raise SetupError(
            f"there is a set-up already: {config}",
            f"已存在配置：{config}",
            hint=Text(zh="直接编辑该文件，或换一个目录。", en="Edit that file, or choose another folder."),
        )
    name = producer_name(producer) if producer else UNNAMED_PRODUCER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "overt-data").mkdir(exist_ok=True, mode=0o700)
        signing_key, certificates = _own(folder / "keys", own) if own else make_test_keys(folder / "keys")
        make_sm2_test_key(folder / "keys")
        watermark_key = keyfile.make(folder / "keys")
        ledger_key = make_ledger_key(folder / "keys")
        vault_key = vault.make(folder / "keys")
        filled = _TEMPLATE.format(
            producer=name,
            rulebook=rulebook,
            sm2_key=SM2_KEY,
            certificates=certificates.name,
            signing_key=signing_key.name,
            watermark_key=watermark_key.name,
            ledger_key=LEDGER_KEY,
        )
        if gate:
            filled = filled.replace("# on = true", "on = true")
        if contact:
            filled = filled.replace('# reach = "privacy@example.com"', f"reach = {json.dumps(contact)}")
        if generator:
            filled += _gateway(folder / "keys", generator)
        with config.open("x", encoding="utf-8") as file:
            file.write(filled)
    except FileExistsError as error:
        raise SetupError(
            f"there are keys already: {error.filename}",
            f"密钥已存在：{error.filename}",
            hint=Text(zh="换一个目录，或先移走旧密钥。", en="Choose another folder, or move the old keys away."),
        ) from error
    except OSError as error:
        raise SetupError(f"{folder} cannot be written: {error}", f"无法写入 {folder}：{error}") from error
    remarks = _remarks(producer, name, own is not None)
    return Initialised(
        config, folder / "overt-data", signing_key, certificates, watermark_key, ledger_key, vault_key, name, remarks
    )


def _own(folder: Path, own: OwnKeys) -> tuple[Path, Path]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key, chain = folder / SIGNING_KEY, folder / CERTIFICATES
    _secret(key, own.key)
    with chain.open("xb") as file:
        file.write(own.certificates)
    return key, chain


def _gateway(folder: Path, generator: Generator) -> str:
    told = "\n[gateway]\n# The generator behind `overt gateway`. 网关之后的生成服务。\n"
    told += f"upstream = {json.dumps(generator.upstream)}\n"
    if generator.credential:
        _secret(folder / GENERATOR_KEY, generator.credential.encode() + b"\n")
        told += f'credential = "keys/{GENERATOR_KEY}"\n'
    return told


def _secret(path: Path, data: bytes) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(data)


def _remarks(asked: str | None, name: str, own: bool) -> tuple[Text, ...]:
    remarks = []
    if asked is None:
        remarks.append(
            Text(
                zh=f"未提供生成服务提供者，暂用名称 {name}；正式使用前请在 overt.toml 中填写编码或英文名称。",
                en=f"No producer was given; labels will say {name}. "
                "Put your code or an ASCII name into overt.toml before real use.",
            )
        )
    elif not looks_like_code(name):
        remarks.append(
            Text(
                zh=f"标识将使用英文名称 {name}；指南推荐使用 27 位服务提供者编码，Overt 不会编造编码。",
                en=f"Labels will carry the ASCII name {name}. "
                "The guide recommends the 27-character provider code; Overt never makes one up.",
            )
        )
    if not own:
        remarks.append(_TEST_ONLY)
    remarks.append(
        Text(
            zh="水印密钥、账本密钥和保险库密钥均为正式密钥，请妥善备份：没有它们，水印和个人数据再也无法读取，"
            "账本也无法以原有名义继续签署。",
            en="The keys of watermark, ledger and vault are real ones. Back them up: without them watermarks and "
            "personal data can never be read again, and nothing more is signed in the ledger's name.",
        )
    )
    return tuple(remarks)

"""What is missing in a set-up, and how to mend it. Each check is one function in `CHECKS`."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

from overt import api, settings
from overt.errors import OvertError, SetupError
from overt.language import Text
from overt.marks.credential import sdk
from overt.marks.credential.signer import LocalKey
from overt.marks.metadata.provider import looks_like_code
from overt.marks.metadata.security import load_seal
from overt.marks.watermark import keyfile
from overt.settings import Setup
from overt.setup.accountability import accountability
from overt.setup.check import Check
from overt.setup.initialise import UNNAMED_PRODUCER
from overt.setup.keys import expires, is_test
from overt.store.records import DATABASE

_SOON = timedelta(days=30)


def examine_setup(setup: Setup | None = None) -> tuple[Check, ...]:
    """Every check, in order, of this set-up or of the one that applies here. What goes wrong is a finding."""
    problem = None
    try:
        setup = setup or settings.load()
    except OvertError as error:
        problem = error
    checks = [_python(), _configuration(setup, problem), _font(), _media_extra(), _credential_extra(), _guard()]
    if setup:
        checks += [_producer(setup), _data(setup), _keys(setup), _security(setup), _watermark(setup)]
        checks += accountability(setup)
    return tuple(checks)


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    return Check(Text(zh="Python", en="Python"), "ok", Text(zh=found, en=found))


def _configuration(setup: Setup | None, problem: OvertError | None) -> Check:
    name = Text(zh="配置", en="Configuration")
    if setup:
        found = str(setup.home / settings.FILE_NAME)
        return Check(name, "ok", Text(zh=found, en=found))
    if problem is None:
        raise ValueError("no set-up and no problem")
    return Check(name, "missing", problem.message, problem.hint)


def _font() -> Check:
    name = Text(zh="中文字体", en="Chinese font")
    if find_spec("noto_cjk_sans_otc"):
        return Check(
            name, "ok", Text(zh="Noto Sans CJK（随安装附带）", en="Noto Sans CJK (came with the installation)")
        )
    mend = Text(zh="重新安装 overt。", en="Install overt again.")
    return Check(name, "missing", Text(zh="未找到", en="not found"), mend)


def _media_extra() -> Check:
    name = Text(zh="音视频处理（PyAV）", en="Sound and film (PyAV)")
    if find_spec("av"):
        return Check(name, "ok", Text(zh="可用", en="available"))
    return Check(
        name,
        "missing",
        Text(zh="未安装：无法为 MP4、MP3、FLAC 添加显式标识", en="not installed: no labels on MP4, MP3 and FLAC"),
        Text(zh="pip install 'overt[media]'", en="pip install 'overt[media]'"),
    )


def _guard() -> Check:
    from overt.media.guard import Guard  # noqa: PLC0415  # starts a process

    name = Text(zh="受限进程", en="Guarded process")
    try:
        with Guard() as guard:
            confinement = guard.confinement
    except OvertError as error:
        return Check(name, "missing", error.message, error.hint)
    if confinement.complete:
        found = Text(zh="已限制内存、时间、网络和文件写入", en="memory, time, network and writing are limited")
        return Check(name, "ok", found)
    lacking = "; ".join(confinement.missing)
    return Check(
        name,
        "note",
        Text(zh=f"当前内核未能提供：{lacking}", en=f"this kernel refused: {lacking}"),
        Text(
            zh="升级内核，或在容器中运行以增加隔离。",
            en="Use a newer kernel, or run in a container for more isolation.",
        ),
    )


def _producer(setup: Setup) -> Check:
    name = Text(zh="生成服务提供者", en="Producer")
    producer = setup.settings.producer
    if producer == UNNAMED_PRODUCER:
        return Check(
            name,
            "missing",
            Text(zh="未填写", en="not named"),
            Text(
                zh="在 overt.toml 的 producer 填写 27 位编码或英文名称。",
                en="Put your 27-character code or an ASCII name into `producer` of overt.toml.",
            ),
        )
    if looks_like_code(producer):
        return Check(name, "ok", Text(zh=f"编码 {producer}，校验通过", en=f"code {producer}, check character fits"))
    return Check(
        name,
        "note",
        Text(zh=f"名称 {producer}", en=f"name {producer}"),
        Text(zh="指南推荐使用 27 位服务提供者编码。", en="The guide recommends the 27-character provider code."),
    )


def _data(setup: Setup) -> Check:
    name = Text(zh="数据目录", en="Data folder")
    found = Text(zh=str(setup.data), en=str(setup.data))
    if setup.data.is_dir() and os.access(setup.data, os.W_OK):
        return _database(setup, Check(name, "ok", found))
    return Check(
        name,
        "missing",
        found,
        Text(zh=f"mkdir -p {setup.data}，并授予写权限。", en=f"mkdir -p {setup.data}, and allow writing."),
    )


def _database(setup: Setup, sound: Check) -> Check:
    if not (setup.data / DATABASE).exists():  # It is made when it is first needed.
        return sound
    try:
        store = api.records(setup)
        try:
            store.ledger_root()
        finally:
            store.close()
    except SetupError as error:
        return Check(sound.name, "missing", error.message, error.hint)
    return sound


def _security(setup: Setup) -> Check:
    name = Text(zh="标识的安全防护数据", en="Security data of labels")
    chosen = setup.settings.security
    try:
        key = load_seal(chosen.sign, setup.home / chosen.key if chosen.key else None).public_key
    except SetupError as error:
        return Check(name, "missing", error.message, error.hint)
    if key is None:
        mend = Text(
            zh='在 [security] 中设置 sign = "sm2" 或 "es256" 及 key，即可签名。',
            en='Set sign = "sm2" or "es256" and a key in [security] to sign labels.',
        )
        return Check(name, "note", Text(zh=f"未签名（{chosen.sign}）", en=f"not signed ({chosen.sign})"), mend)
    return Check(name, "ok", Text(zh=f"{key.algorithm} 签名", en=f"signed with {key.algorithm}"))


def _watermark(setup: Setup) -> Check:
    name = Text(zh="水印密钥", en="Watermark keys")
    chosen = setup.settings.watermark
    if chosen.key is None:
        mend = Text(
            zh="在 overt.toml 的 [watermark] 填写 key；overt init 会在新目录生成密钥。",
            en="Name a key in [watermark] of overt.toml; `overt init` makes one in a new folder.",
        )
        return Check(name, "note", Text(zh="未设置：不添加水印", en="none: no watermarks are put on"), mend)
    paths = [setup.home / each for each in (chosen.key, *chosen.former)]
    try:
        keys = [keyfile.load(path, chosen.presence) for path in paths]
    except SetupError as error:
        return Check(name, "missing", error.message, error.hint)
    if open_ := [path for path in paths if path.stat().st_mode & 0o077]:
        told = " ".join(map(str, open_))
        mend = Text(zh=f"chmod 600 {told}", en=f"chmod 600 {told}")
        return Check(name, "missing", Text(zh="水印密钥可被他人读取", en="others may read a watermark key"), mend)
    if len({key.secret for key in keys}) < len(keys):
        mend = Text(zh="从 former 中删去重复的密钥。", en="Take the one that stands there twice out of `former`.")
        return Check(name, "note", Text(zh="同一密钥出现两次", en="the same key stands there twice"), mend)
    older = f" (+{len(keys) - 1})" if len(keys) > 1 else ""
    return Check(name, "ok", Text(zh=f"{keys[0].name}{older}", en=f"{keys[0].name}{older}"))


def _keys(setup: Setup) -> Check:
    name = Text(zh="密钥与证书", en="Keys and certificate")
    try:
        return _look_at_keys(name, setup)
    except SetupError as error:
        return Check(name, "missing", error.message, error.hint)
    except (OSError, ValueError) as error:
        return Check(
            name,
            "missing",
            Text(zh=f"无法读取：{error}", en=f"they cannot be read: {error}"),
            Text(
                zh="授予读取权限，或在新目录运行 overt init 生成新密钥。",
                en="Allow reading, or run `overt init` in a new folder for new ones.",
            ),
        )


def _look_at_keys(name: Text, setup: Setup) -> Check:
    chosen = setup.settings.credential
    if chosen.certificates is None:
        mend = Text(
            zh="在 overt.toml 的 [credential] 填写 certificates 和 key。",
            en="Name certificates and key in [credential] of overt.toml.",
        )
        return Check(name, "note", Text(zh="未设置：不添加内容凭证", en="none: no content credentials"), mend)
    if chosen.key and (key := setup.home / chosen.key).is_file() and key.stat().st_mode & 0o077:
        mend = Text(zh=f"chmod 600 {key}", en=f"chmod 600 {key}")
        return Check(name, "missing", Text(zh="私钥可被他人读取", en="others may read the private key"), mend)
    chain = setup.home / chosen.certificates
    if chosen.key:  # A program may ask a person for a touch: it is not tried.
        LocalKey(setup.home / chosen.key, chain).sign(b"overt doctor")
    end = expires(chain)
    if end - datetime.now(UTC) < _SOON:
        mend = Text(
            zh="在新目录运行 overt init 生成新证书。", en="Run `overt init` in a new folder for a new certificate."
        )
        return Check(
            name, "missing", Text(zh=f"证书 {end:%Y-%m-%d} 到期", en=f"the certificate ends on {end:%Y-%m-%d}"), mend
        )
    if is_test(chain):
        return Check(
            name,
            "note",
            Text(
                zh=f"仅供测试（TEST-ONLY），{end:%Y-%m-%d} 到期", en=f"for tests only (TEST-ONLY), until {end:%Y-%m-%d}"
            ),
            Text(zh="正式使用前换成受信任的证书。", en="Use a certificate that others trust before real use."),
        )
    return Check(name, "ok", Text(zh=f"有效至 {end:%Y-%m-%d}", en=f"good until {end:%Y-%m-%d}"))


def _credential_extra() -> Check:
    from overt.media.guard import Guard  # noqa: PLC0415  # starts a process

    name = Text(zh="内容凭证（C2PA）", en="Content credentials (C2PA)")
    if not sdk.available():
        return Check(
            name,
            "note",
            Text(zh="未安装：不添加也不读取内容凭证", en="not installed: none are put on or read"),
            Text(zh="pip install 'overt[c2pa]'", en="pip install 'overt[c2pa]'"),
        )
    try:
        with Guard() as guard:
            version = guard.call(sdk.version)
    except OvertError as error:
        return Check(name, "missing", error.message, error.hint)
    return Check(name, "ok", Text(zh=f"c2pa-rs {version}，在受限进程中运行", en=f"c2pa-rs {version}, runs guarded"))

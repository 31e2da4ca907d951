"""Roles, permissions and principals.

Source: least rights of PIPL art. 51 and of the network data rules; the roles are ours. A permission that no role holds
does not exist, and a test says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from overt.language import Text

Role = Literal["operator", "reviewer", "compliance", "security", "administrator", "inspector"]
Kind = Literal["staff", "inspector", "key"]
"""A person of staff, an inspector of an authority, or a program with an API key."""

ROLES: Final[dict[Role, Text]] = {
    "operator": Text(zh="运营", en="Operator"),
    "reviewer": Text(zh="审核", en="Reviewer"),
    "compliance": Text(zh="合规", en="Compliance"),
    "security": Text(zh="安全", en="Security"),
    "administrator": Text(zh="管理员", en="Administrator"),
    "inspector": Text(zh="检查人员", en="Inspector"),
}

PERMISSIONS: Final[dict[str, Text]] = {
    "today:read": Text(zh="查看今日概况", en="See what needs a person today"),
    "contents:read": Text(zh="查看内容及其经历", en="See contents and their lives"),
    "contents:mark": Text(zh="添加标识并发布内容", en="Mark and release contents"),
    "contents:inspect": Text(zh="检查文件", en="Inspect files"),
    "contents:remember": Text(zh="登记和撤销被举报内容的指纹", en="Remember and forget reported contents"),
    "decisions:read": Text(zh="查看决定", en="See decisions"),
    "decisions:ask": Text(zh="向闸口提出请求", en="Ask the gate"),
    "reviews:read": Text(zh="查看审核队列", en="See the review queue"),
    "reviews:answer": Text(zh="审核", en="Review"),
    "reviews:senior": Text(zh="复核上报的条目", en="Review what was escalated"),
    "library:read": Text(zh="查看特征库", en="See the feature libraries"),
    "library:write": Text(zh="更新特征库", en="Change the feature libraries"),
    "consents:read": Text(zh="查看同意", en="See consents"),
    "consents:ask": Text(zh="征求同意", en="Ask for consents"),
    "consents:check": Text(zh="核对本人录制，办理拒绝登记", en="Check recordings and refusals"),
    "accounts:read": Text(zh="查看用户账号", en="See users' accounts"),
    "accounts:write": Text(zh="认证、处置用户账号", en="Attest and sanction users' accounts"),
    "texts:publish": Text(zh="发布协议、规则与公示", en="Publish agreements, rules and notices"),
    "reports:read": Text(zh="查看举报", en="See reports"),
    "reports:handle": Text(zh="处理举报", en="Handle reports"),
    "duties:read": Text(zh="查看义务履行情况", en="See where duties stand"),
    "duties:state": Text(zh="作出声明和认定", en="State and determine"),
    "ledger:read": Text(zh="查看账本", en="See the ledger"),
    "evidence:export": Text(zh="导出证据包", en="Export bundles of evidence"),
    "switches:turn": Text(zh="开关功能、模型和账号", en="Turn functions, models and accounts off and on"),
    "keys:read": Text(zh="查看密钥与证书", en="See keys and certificates"),
    "retention:write": Text(zh="设置留存冻结，执行到期清理", en="Place holds and expire records"),
    "persons:erase": Text(zh="导出、删除个人数据", en="Export and erase a person's data"),
    "persons:uncover": Text(zh="说明理由后查看个人信息", en="Uncover personal data, with a reason"),
    "staff:read": Text(zh="查看工作人员", en="See the staff"),
    "staff:write": Text(zh="管理工作人员及其角色", en="Manage staff and roles"),
    "programs:write": Text(zh="管理接口密钥和回调", en="Manage API keys and webhooks"),
    "inspections:read": Text(zh="查看检查授权、调取事项与检查记录", en="See warrants, requests for material and reads"),
    "inspections:write": Text(zh="办理检查授权，回复调取事项", en="Admit inspectors and answer their requests"),
    "inspections:ask": Text(zh="提出调取事项", en="Request material"),
    "setup:write": Text(zh="修改配置", en="Change the set-up"),
}
"""Everything that somebody may be allowed to do, in words."""

WEIGHTY: Final = frozenset(
    {"staff:write", "programs:write", "persons:erase", "persons:uncover", "retention:write", "inspections:write"}
    | {"accounts:write"}
)
"""What asks people for a sign-in of the last minutes whenever they act by it.

It gives or takes rights, hurts somebody, opens or destroys personal data. Not here: switches, since what must stop does
not wait for a sign-in.
"""

_SEE: Final = frozenset({"today:read", "contents:read", "contents:inspect", "decisions:read", "ledger:read"})
GRANTED: Final[dict[Role, frozenset[str]]] = {
    "operator": _SEE
    | {"contents:mark", "contents:remember", "decisions:ask", "consents:read", "consents:ask", "accounts:read"}
    | {"reports:read", "reports:handle", "library:read", "duties:read"},
    "reviewer": _SEE
    | {"reviews:read", "reviews:answer", "library:read", "consents:read", "consents:check"}
    | {"reports:read", "reports:handle", "contents:remember"},
    "compliance": _SEE
    | {"reviews:read", "reviews:answer", "reviews:senior", "library:read", "library:write", "consents:read"}
    | {"consents:check", "accounts:read", "accounts:write", "texts:publish", "reports:read", "reports:handle"}
    | {"duties:read", "duties:state", "evidence:export", "switches:turn", "retention:write", "persons:erase"}
    | {"persons:uncover", "inspections:read", "inspections:write", "keys:read", "staff:read", "contents:remember"},
    "security": _SEE
    | {"switches:turn", "keys:read", "duties:read", "evidence:export", "accounts:read", "accounts:write"}
    | {"persons:uncover", "staff:read", "inspections:read"},
    "administrator": frozenset({"today:read", "staff:read", "staff:write", "programs:write", "keys:read"})
    | {"setup:write", "duties:read", "contents:read", "contents:mark", "contents:inspect", "ledger:read"},
    "inspector": frozenset({"contents:read", "contents:inspect", "decisions:read", "consents:read", "reports:read"})
    | {"duties:read", "ledger:read", "evidence:export", "library:read", "keys:read", "persons:uncover"}
    | {"inspections:ask"},
}
"""What each role may do. Nobody has all of it: an administrator neither reviews nor sees what users asked for."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking. `id` is opaque and is what records name; `name` is for the screen alone."""

    kind: Kind
    id: str
    name: str
    roles: tuple[Role, ...] = ()
    permissions: frozenset[str] = field(default=frozenset())
    warrant: str = ""
    """Of an inspector: the id of the warrant that bounds every read."""

    def may(self, permission: str) -> bool:
        """Whether it is allowed to do this. Raises `KeyError` for a permission that does not exist."""
        PERMISSIONS[permission]
        return permission in self.permissions

    @property
    def post(self) -> str:
        """How records of an act name whoever did it: `staff:3f…`, `key:…`."""
        return f"{self.kind}:{self.id}"


def granted(roles: tuple[Role, ...]) -> frozenset[str]:
    """What these roles may do together."""
    return frozenset().union(*(GRANTED[role] for role in roles))

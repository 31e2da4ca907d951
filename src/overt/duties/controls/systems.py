"""The management systems that art. 7 of both Provisions names (AR-07a, DS-07a): one control and one statement for each.

What a system's software does is shown by the controls of its own duties; that the system is in place, and who answers
for it, only people can say.
"""

from __future__ import annotations

from overt.duties import answers
from overt.duties.model import Found
from overt.duties.registry import control
from overt.duties.view import View
from overt.language import Text

_BOTH = ("AR-07a", "DS-07a")


@control(*_BOTH, name=Text(zh="用户注册", en="User registration"), statements=True)
def user_registration(view: View) -> Found:
    """The system for the registration of users."""
    return answers.statement(view, *_BOTH, topic="user_registration")


@control(*_BOTH, name=Text(zh="算法机制机理审核", en="Review of the algorithm's mechanism"), statements=True)
def algorithm_review(view: View) -> Found:
    """The system for the review of the algorithm's mechanism."""
    return answers.statement(view, *_BOTH, topic="algorithm_review")


@control(*_BOTH, name=Text(zh="科技伦理审查", en="Science and technology ethics review"), statements=True)
def ethics_review(view: View) -> Found:
    """The system for the review of ethics."""
    return answers.statement(view, *_BOTH, topic="ethics_review")


@control(*_BOTH, name=Text(zh="信息发布审核", en="Review of information before release"), statements=True)
def information_review(view: View) -> Found:
    """The system for the review of information before its release."""
    return answers.statement(view, *_BOTH, topic="information_review")


@control(*_BOTH, name=Text(zh="数据安全", en="Data security"), statements=True)
def data_security(view: View) -> Found:
    """The system for data security."""
    return answers.statement(view, *_BOTH, topic="data_security")


@control(*_BOTH, name=Text(zh="个人信息保护", en="Protection of personal information"), statements=True)
def personal_information(view: View) -> Found:
    """The system for the protection of personal information."""
    return answers.statement(view, *_BOTH, topic="personal_information")


@control(*_BOTH, name=Text(zh="反电信网络诈骗", en="Against telecom and network fraud"), statements=True)
def anti_fraud(view: View) -> Found:
    """The system against fraud."""
    return answers.statement(view, *_BOTH, topic="anti_fraud")


@control("AR-07a", name=Text(zh="安全评估监测", en="Security assessment and monitoring"), statements=True)
def security_assessment(view: View) -> Found:
    """The system for security assessment and monitoring, which the Algorithm Provisions alone name."""
    return answers.statement(view, "AR-07a", topic="security_assessment")


@control(*_BOTH, name=Text(zh="应急处置", en="Response to incidents"), statements=True)
def incident_response(view: View) -> Found:
    """The system for the response to incidents."""
    return answers.statement(view, *_BOTH, topic="incident_response")

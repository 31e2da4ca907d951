'''Where each duty stands: its controls, its state and its evidence, computed from the running system.

**A control is one small function**, registered for ids of duties. Its file in `duties/controls/` is found by itself:

```python
"""The marks that every content carries (DS-16a, LB-05a)."""

from overt.duties.model import Evidence, Found, gap, met, no_evidence, not_applicable
from overt.duties.registry import control
from overt.duties.view import View
from overt.language import Text


@control("DS-16a", "LB-05a", name=Text(zh="隐式标识已读回", en="Metadata marks that were read back"))
def marks_read_back(view: View) -> Found:
    """Releases are recorded only after their marks were read back."""
    releases = view.tally("marking:content:release")
    shown = view.counted(releases, Text(zh="读回标识后发布的内容", en="Contents released, their marks read back"))
    if not shown:
        return no_evidence(Text(zh="尚未发布内容", en="No content was released yet"))
    return met(Text(zh="每项内容发布前均已读回标识", en="Marks were read back before each release"), *shown)
```

- The function gets a `View`: `setup`, `store`, `rulebook` (with the operator's numbers), `now`, `fact(name)`,
  `tally(tag, since)` and `event(index)` of the ledger, `number(duty, name)`, `counted(...)` and `set_to(...)` for
  evidence. It reads, and changes nothing.
- It returns `met(reason, *evidence)`, `gap(reason, …)`, `not_applicable(reason, …)` or `no_evidence(reason, …)`.
  `met` without evidence is refused. The reason of a gap names the way out.
- It may raise: whatever goes wrong is told as `no_evidence`, and is never `met`.
- Several controls on one duty: `gap` wins over `no_evidence`, and that over `met`. "Not applicable" says nothing.
- What only people can do (staff, licences, systems) is answered by dated, signed statements (`answers.statement`);
  a control that counts them says `statements=True`. Duties with `people = true` need no control for that.
- Facts about the service (`facts` of the rulebook) are determined by people, dated and signed; a duty whose fact
  nobody determined is `no_evidence`, and a `gap` once its review is overdue. Nothing else about a duty is typed in.
'''

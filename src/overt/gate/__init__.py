"""May this be synthesised? Identity, consent, review and purpose, joined in one signed decision.

```
 ask ──► switches · agreement · sanctions · identity · consent · refusals · review · purpose ──► decision
          each step gives findings; the strictest outcome wins; every reason cites a duty
```

Rules are pure. What they must know comes through ports, which the store keeps; nothing here opens a database.
"""

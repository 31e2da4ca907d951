"""Consent: asking a person before their face, voice, body or name is used, and holding to the answer.

```
 asked ──► opened ──► given ──► used up
   │         │          ├─────► expired
   │         ├─► declined └───► withdrawn ──► recall list · cases to recipients
   └─────────┴─► lapsed
```

`model` holds the values and writes the states out, `rules` says what a consent covers, `notice` is what the person
reads, `challenge` what they do for this request alone, `receipt` what they take away, `register` who refuses once and
for all. `steps` are what the gate asks. Nothing here opens a database.
"""

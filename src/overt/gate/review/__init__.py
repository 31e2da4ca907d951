"""Review of what goes in and what comes out: engines behind one port, and people in the middle.

Source: Deep Synthesis Provisions, art. 10 (input data and results, by technical or manual means; a feature library);
Algorithm Recommendation Provisions, art. 9.

```
 material ──► features ──► text in pictures ──► outside engine ──► … ──► strictest opinion ──► allow · hold · refuse
              (words)      (Tesseract)          (moderation API)                                     │
                                                                            a person claims, answers ◄┘
```

`model` and `chain` are the port; `features`, `pictures`, `faces` and `moderation` are engines; `library`, `folding` and
`matching` are the feature library; `queue` is the port of the people's queue, which the store keeps; `step` is the
gate's step. To add an engine: one module with a class that satisfies `model.Engine`.
"""

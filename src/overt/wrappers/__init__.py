"""Generators inside one's own program: gated before they run, what comes out marked.

```
 generator.py   the decorator for any Python function
 pipelines.py   pipelines of Hugging Face transformers and diffusers, wrapped
 studio.py      the set-up behind both: gate, marker and record, opened when they are first needed
 outcomes.py    what functions give: paths, bytes, pictures, sounds, texts; as a file, and back again
```

Nothing of torch, transformers or diffusers is imported: what they give is known by its shape.
"""

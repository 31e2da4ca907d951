"""Content credentials (C2PA): signed statements about a file, in the file.

| module | what it is | where it runs |
|---|---|---|
| `model` | what is handed to signing, what a credential is found to say | |
| `sources`, `manifest` | what is stated of which technique | pure |
| `signer`, `issuer` | who signs; signing for one set-up | in the parent, with the key |
| `sign`, `timestamp` | puts a credential into a file | in a guarded process, without the key |
| `presence`, `read`, `split` | finds one, reads it, takes the answer apart | in a guarded process |
| `carriers` | which formats, as far as the SDK goes | pure |
| `sdk` | the only door to c2pa-python | in a guarded process |

Sources: C2PA 2.4; IPTC digital source type; CAWG 1.1.
Not here: fetching remote manifests, OCSP, credentials of texts and HTML pages (which are found, and said to be unread).
"""

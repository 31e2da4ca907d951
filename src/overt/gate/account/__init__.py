"""Who asks: accounts, how far they were identified, what they agreed to, and what was decided against them.

An account is an opaque random id. Nothing here holds a name, a number or an address: of a sign-in (OIDC) a keyed hash
of issuer and subject is kept, of a real-name check its method, result and time. What is published is a version of a
text; what is imposed is a sanction with its reason, duty and end; what is switched off is off for the next request.
"""

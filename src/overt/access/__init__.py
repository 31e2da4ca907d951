"""Who may do what: roles of staff, what each may do, and principals. Pure: the store keeps them, the web asks.

Roles are nouns for posts; a *permission* is `subject:act`. What a person of staff, an inspector or a program may do is
the union of what its roles grant, and nothing else.
"""

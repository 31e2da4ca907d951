"""The demonstration: real synthetic media from generator to verdict, on one machine, without a network.

`generate` plays the application that synthesises, `strangers` the people who pass files on, `report` shows
what came of it, and `story` runs the whole way.
What is made here is made to be recognised: everything is dated, seeded and labelled, and the people shown are
the subjects of portraits that their governments put into the public domain.
The modules need the extra `demo`; nothing else in Overt imports them.
"""

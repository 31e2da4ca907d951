"""Tables and migrations: the record of released contents, and the ledger's entries beside it.

One SQLite file in the data folder by default; another database by its SQLAlchemy URL.
"""

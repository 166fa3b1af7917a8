"""ADAPTER. The database (SQLAlchemy 2), password hashing and sealed secrets."""

"""Patient data: sealed in every event, opened in one place only, never without a record of who and why.

``privacy`` is what services are handed. Behind it: ``vault`` keeps the keys (``datakey``, ``wrapping``,
``keyring``), ``disclosure`` opens, once ``accesslog`` has the record; ``indexer`` and ``blindindex`` find
patients without opening anything to anybody.
"""

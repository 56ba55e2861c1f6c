"""The event store: every change of a service passes one door, in batches, under one lock.

To be read in this order: what a change is (``decision``, ``origin``); its way in (``store``, ``prepared``,
``batcher``, ``writer``); one batch as one transaction (``commit``): what it must know (``demand``,
``reading``, ``picture``), what is admitted (``admission``, ``claiming``, ``lanes``, ``expiry``), what is
written (``netting``, ``writing``). Beside it: ``reader`` reads without the lock, ``mapper`` encodes events,
``migrating`` keeps the tables.
"""

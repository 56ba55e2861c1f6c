"""Commands from other systems over Kafka: who may send them, what becomes of each, how it is answered.

To be read in this order: what a service brings along (``handlers``); one record (``command``, ``opening``,
``executing``, ``retrying``, ``replies``); a batch of records (``batching``); Kafka's side (``consuming``,
``publishing``, ``running``, ``commanding``); who is registered (``systems``, ``register``).
"""

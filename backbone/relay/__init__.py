"""From the store to Kafka: every committed event once, in order.

To be read in this order: ``relay``; who leads (``leader``), where Kafka stands (``tail``), where to go on
(``resume``), how a page is published (``publisher``).
"""

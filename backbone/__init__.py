"""What every service stands on.

``events`` and ``service`` say what a service is made of and what it is handed. A change goes through
``store`` (PostgreSQL), then ``relay`` (to Kafka, as ``cloudevents``), then ``projecting`` (tables that
follow Kafka). It comes in through ``web`` or ``commanding``; patient data pass through ``privacy``.
``embedded`` brings the servers.
"""

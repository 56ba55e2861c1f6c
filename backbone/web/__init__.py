"""HTTP: who calls and what they may, what they sent, and how every answer looks.

A request on its way: ``connection``, ``admitting`` (``admission``), ``edge``, ``express``, ``calling`` (the
guard: ``tokens``, ``caller``), ``bodies``; the route; ``answers`` or ``problems``. ``app`` puts it together,
``assembly`` takes it from the settings.
"""

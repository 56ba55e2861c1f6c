"""HTTP: who calls and what they may, what they sent, and how every answer looks."""

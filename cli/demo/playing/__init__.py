"""How each kind of call is carried out over HTTP, and what the desk writes into its ledger."""

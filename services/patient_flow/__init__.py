"""Patient flow: how a clinic's day really runs. In its first form: how late each provider is."""

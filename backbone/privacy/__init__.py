"""Patient data: sealed in every event, opened in one place only, never without a record of who and why."""

"""From a request to a decision: gathers what the pure rules need to know, and has it committed.

Independent of the way a request came: over HTTP, or as another system's command.
"""
